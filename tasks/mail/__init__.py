"""The one letter-sender: what any system posted (bellwork.tasks.letters) goes out from here, at most once.

send      the actor: some letters, one after the other         prepare  claims one and makes a message of it
deliver   the loop, and how a fault of ours holds the queue     outcome  what became of one, and its way into the ledger
hooks     a system's say before, and its knowledge after        words    templates
wake      each minute: whatever waits for its time              entries  what recurs
"""
