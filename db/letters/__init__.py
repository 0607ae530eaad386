"""The ledger of letters: one row each, whichever system wrote it, and what became of it.

states    what becomes of a letter                 post      enter some, once by key; call off; forget a person
claim     take the next ones, alone                settle    say what became of one, or put it back
suppress  addresses that get no letter             hold      nobody's letters are taken now
bounces   what came back                           links     who ends a list by a link in a letter
runs      how far who sends has come
look      for operators: lists, sums, one letter   acts      what operators do to letters
tidy      words and rows that have served
"""

from __future__ import annotations

from bellwork.db.letters.claim import Claimed, Holder, claim_letters, count_due, expire_letters, find_strays
from bellwork.db.letters.hold import Hold, clear_hold, note_trouble, read_hold
from bellwork.db.letters.post import NewLetter, call_off, call_off_person, call_off_unknown, forget_person, post_letters
from bellwork.db.letters.runs import begin_run, end_run, mark, release, take_over
from bellwork.db.letters.settle import (
    Address,
    hold_back,
    note_addresses,
    postpone,
    put_back,
    settle,
    settle_sent,
    tell_later,
)
from bellwork.db.letters.suppress import hash_of, suppress, suppressions

__all__ = [
    "Address",
    "Claimed",
    "Hold",
    "Holder",
    "NewLetter",
    "begin_run",
    "call_off",
    "call_off_person",
    "call_off_unknown",
    "claim_letters",
    "clear_hold",
    "count_due",
    "end_run",
    "expire_letters",
    "find_strays",
    "forget_person",
    "hash_of",
    "hold_back",
    "mark",
    "note_addresses",
    "note_trouble",
    "post_letters",
    "postpone",
    "put_back",
    "read_hold",
    "release",
    "settle",
    "settle_sent",
    "suppress",
    "suppressions",
    "take_over",
    "tell_later",
]
