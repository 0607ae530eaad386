"""Class lists, as the database knows them; every function takes the caller's connection first.

run      whose turn it is: the reading of an upload begins, goes on, is cancelled, and ends
stage    rows as they come, by COPY            judge    which of them are refused, and why
apply    users, and places in classes          leavers  who leaves, and how many may
report   what became of each row               look     how an upload stands
undo     takes back what a list brought         joins    statements over rows without statistics
"""
