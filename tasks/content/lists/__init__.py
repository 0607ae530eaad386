"""Class lists: a file becomes users and places in classes, and every row that does not is told by its number.

read       the job, step by step                   undo      the job that takes a list back
source     a file, and what lies in it             archive   zip files, which are never unpacked
text       which encoding it has                   records   rows of CSV, whatever somebody made of them
names      what columns are called, and by whom    person    a row, as the database is given it
address    e-mail addresses                        errors    more errors than a row of a table should hold
desk       what the command line asks
"""
