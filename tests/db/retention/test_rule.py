"""A rule that could do harm is refused where it is written, in words that say why and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from bellwork.db.content.rules import RULES
from bellwork.db.vocabulary import RetentionRule, RuleError

GOOD: dict[str, Any] = {
    "key": "content.archive_requests",
    "table": "content_requests",
    "column": "created_at",
    "days": 90,
    "action": "soft delete",
    "cron": "@daily",
    "purpose": "a rule",
}
CLEARS = {"action": "clear", "days": 0, "clears": ("created_at",)}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a key that is no actor": ({"key": "cleanup"}, "must be a system's word and a verb"),
    "a table with a quote": ({"table": 'users" --'}, "are to be plain names"),
    "two statements": ({"where": "true; DROP TABLE users"}, "without ; and comments"),
    "a comment": ({"where": "true -- and more"}, "without ; and comments"),
    "an action that there is not": ({"action": "shred"}, "there is no action 'shred'; there are clear, soft delete"),
    "deleting at once": ({"days": 0}, "an age of 0 days is not from 1 to 36,500"),
    "a negative age": ({"days": -90}, "an age of -90 days"),
    "an age beyond the calendar": ({"days": 10**9}, "an age of 1000000000 days"),
    "no rows": ({"batch": 0}, "a batch of 0 rows is not from 1 to 10,000"),
    "too many rows": ({"batch": 10_001}, "a batch of 10001 rows"),
    "clearing nothing": ({**CLEARS, "clears": ()}, "the same rows would be due again for ever"),
    "clearing another column": ({**CLEARS, "clears": ("style",)}, "it is to clear 'created_at' too"),
    "clearing what is deleted": ({"clears": ("style",)}, "by the action 'clear' only"),
    "archiving what stays": ({**CLEARS, "archive": True}, "rows that stay need no archive"),
}


@pytest.mark.parametrize("wrong", BAD)
def test_a_bad_rule_is_refused_with_the_reason(wrong: str) -> None:
    """It names the rule and the fault, and nobody can hold such a rule in hand."""
    change, reason = BAD[wrong]
    with pytest.raises(RuleError) as refused:
        RetentionRule(**{**GOOD, **change})

    assert reason in str(refused.value)
    assert str(refused.value).startswith(f"the rule {change.get('key', GOOD['key'])!r} is refused: ")


def test_the_declared_rules_are_those_of_the_document() -> None:
    """Ages, conditions and actions are vividly.md's, and each key is its entry's, from before rules had one actor."""
    told = {rule.key: (rule.table, rule.days, rule.said, rule.where) for rule in RULES}

    assert {
        "content.clear_reset_tokens": ("users", 0, "clear", "true"),
        "content.archive_requests": (
            "content_requests",
            90,
            "archive, then soft delete",
            "t.status IN ('completed', 'failed')",
        ),
        "content.archive_feedback": ("feedback", 730, "archive, then delete", "true"),
    } == told


def test_a_good_rule_reads_as_it_is_written() -> None:
    """The rule that the bad ones were made from is a good one."""
    assert "soft delete" == RetentionRule(**GOOD).said
