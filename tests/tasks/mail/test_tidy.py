"""What letters said is forgotten, and letters and reports of long ago go; what may be sent again keeps its words."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.letters import tidy
from bellwork.tasks.mail.tidy import tidy_letters
from bellwork.workers.testing import run_inline

_LETTERS = text("""
INSERT INTO bellwork.letters (key, system, kind, recipient, subject, body, details, state, posted_at, settled_at)
SELECT state || ' ' || days, 'writer', 'note', 'ada@school.example', 'Hello', 'Hello', '{"a": 1}', state,
       now() - make_interval(days => days),
       CASE WHEN state <> 'pending' THEN now() - make_interval(days => days) - interval '1 minute' END
FROM unnest(CAST(:states AS text[])) state, unnest(CAST(:days AS integer[])) days
""")
_KEPT = text("SELECT key, num_nonnulls(recipient, subject, body) = 3 AND details <> '{}' FROM bellwork.letters")
_BOUNCES = text("""
INSERT INTO bellwork.bounces (source, kind, at) SELECT 'of ' || days, 'permanent', now() - make_interval(days => days)
FROM unnest(CAST(:days AS integer[])) days
""")
STATES = ["pending", "sent", "unknown", "refused", "suppressed"]
DAYS = [0, 1, tidy.WORDS - 1, tidy.WORDS, tidy.LETTERS - 1, tidy.LETTERS]


@pytest.mark.usefixtures("database")
def test_words_go_after_a_day_or_thirty_and_letters_after_four_hundred() -> None:
    """One that waits keeps everything, whatever its age; a second night finds nothing more to take away."""
    with transaction() as conn:
        conn.execute(_LETTERS, {"states": STATES, "days": DAYS})
        conn.execute(_BOUNCES, {"days": DAYS})
    nights = []
    for _ in range(2):
        assert "done" == run_inline(tidy_letters)["state"]
        with transaction() as conn:
            sources = conn.execute(text("SELECT source FROM bellwork.bounces")).scalars()
            nights.append(({key: bool(kept) for key, kept in conn.execute(_KEPT)}, set(sources)))
    letters, reports = nights[0]
    keeping = {"pending": 10_000, "unknown": tidy.WORDS, "refused": tidy.WORDS}

    assert nights[0] == nights[1]
    assert {
        f"{state} {days}": days < keeping.get(state, 1)
        for state in STATES
        for days in DAYS
        if days < tidy.LETTERS or state == "pending"
    } == letters
    assert {f"of {days}" for days in DAYS if days < tidy.LETTERS} == reports
