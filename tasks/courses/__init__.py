"""The work of the courses system: progress, attempts, labs, videos, certificates, subscriptions; see README.md.

entries    what recurs       letters    what is looked at right before a letter goes       tell    notices, and letters
"""
