"""What leaves the content system, and when: old rows by the table of rules, uploads, organizations without a contract.

rules      the actors of the rule table          sweep, parcel   rows that go, by way of an archive if need be
uploads    the files of class lists              run, pace       one sweeper at a time, in batches of 100 ms
contracts  ends of contracts, and who is told    leaving         an organization is deleted
plan       what a run would do: the dry run      as_job          five minutes at a time
"""

from __future__ import annotations

from tasks.content.retention.contract_letters import tell_contract
from tasks.content.retention.contracts import end_contracts
from tasks.content.retention.leaving import delete_organization
from tasks.content.retention.rules import archive_feedback, archive_requests, clear_reset_tokens
from tasks.content.retention.uploads import remove_uploads

__all__ = [
    "archive_feedback",
    "archive_requests",
    "clear_reset_tokens",
    "delete_organization",
    "end_contracts",
    "remove_uploads",
    "tell_contract",
]
