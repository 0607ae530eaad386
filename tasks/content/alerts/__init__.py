"""Alerts of the content system: what is wrong is told once, again after an hour, and when it is over.

check   the rules, each minute      ping   the platform      synthetic   a lesson on trial      letters   the words
"""
