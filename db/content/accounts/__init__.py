"""Accounts of students: requests for them are decided once, and whoever has a new one is invited to it.

plan        what stands in the database      decide      one request, by compare-and-set
expire      what nobody decided              told        what a letter about a decision says
invite      tokens that work once
"""

from bellwork.db.content.accounts.decide import Decided, Decision, Outcome, decide
from bellwork.db.content.accounts.expire import EXPIRED, KEPT_DAYS, expire
from bellwork.db.content.accounts.invite import DAYS, Invited, invite, make_token
from bellwork.db.content.accounts.told import Told, read_told

__all__ = [
    "DAYS",
    "EXPIRED",
    "KEPT_DAYS",
    "Decided",
    "Decision",
    "Invited",
    "Outcome",
    "Told",
    "decide",
    "expire",
    "invite",
    "make_token",
    "read_told",
]
