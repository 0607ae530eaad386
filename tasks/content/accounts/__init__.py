"""Accounts of students: a request is decided once, or expires; who has a new account gets an invitation to it.

decide      what a reviewer says      expire      what nobody said      letters      to teachers and students
"""
