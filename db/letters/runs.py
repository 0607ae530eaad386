"""How far each sender has come with the letters it has claimed, so that a death leaves no more unknown than it must.

Many letters are claimed by one commit. Before the mail server gets the end of one, its sender marks it as begun, and as
sent those that were taken since: a statement that does not wait for the disk. Where the sender dies,

    marked as sent    it is sent
    marked as begun   it is unknown: perhaps its mail went out
    not marked        nothing of it was said to anybody, and it waits again

The marks are in an unlogged table: PostgreSQL empties it when it recovers from a crash, and a standby that takes over
has none of it. A run without its row has lost its marks, and all its letters are unknown. A mark is refused once the
row is gone: so whoever comes back late begins no letter that was given to somebody else. A transaction that touches the
row and letters begins with the row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sqlalchemy import text

from bellwork.db.engine import at_once
from bellwork.db.letters.claim import SHOWN, Claimed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from bellwork.db.letters.claim import Holder

    Became = Literal["pending", "sent", "unknown"]

#: Seconds without a mark after which what a run has not begun is somebody else's: its sender waits for a mail server.
SILENCE = 30
_BEGIN = text("INSERT INTO bellwork.mail_runs (job_id, attempt) VALUES (:job, :attempt)")
# The numbers are ours. Straight through libpq it costs half; it is said once for each letter.
_MARK = """
UPDATE bellwork.mail_runs SET begun = begun || {begun}::bigint, sent = sent || '{{{sent}}}'::bigint[], at = now()
WHERE job_id = {job} AND attempt = {attempt}
"""
_END = text("DELETE FROM bellwork.mail_runs WHERE job_id = :job AND attempt = :attempt")
_RELEASE = text("""
UPDATE bellwork.letters SET state = 'pending'
WHERE job_id = :job AND attempt = :attempt AND state = 'sending' AND id <> ALL(CAST(:begun AS bigint[]))
RETURNING id
""")
_RUNS = "SELECT FROM bellwork.jobs j WHERE j.id = {0}.job_id AND j.attempt = {0}.attempt AND j.state = 'running'"
# Of an attempt that still runs the letter that was begun is left alone: it is being sent, and who sends it will say so.
_TAKE = text(f"""
WITH over AS (
    DELETE FROM bellwork.mail_runs r
    WHERE (NOT EXISTS ({_RUNS.format("r")}) OR at < now() - make_interval(secs => :silence))
      AND NOT EXISTS (SELECT FROM bellwork.letters l WHERE l.state = 'sending' AND l.job_id = r.job_id
          AND l.attempt = r.attempt AND l.system <> ALL(CAST(:systems AS text[])))
    RETURNING job_id, attempt, begun, sent)
UPDATE bellwork.letters l SET
    state = CASE WHEN l.id = ANY(o.sent) THEN 'sent' WHEN l.id = ANY(o.begun) THEN 'unknown' ELSE 'pending' END,
    reason = CASE WHEN l.id = ANY(o.begun) AND l.id <> ALL(o.sent)
        THEN 'whoever sent it died before he could say how it went' END,
    settled_at = CASE WHEN l.id = ANY(o.begun) THEN now() END
FROM over o
WHERE l.state = 'sending' AND l.job_id = o.job_id AND l.attempt = o.attempt
  AND (l.id <> ALL(o.begun) OR l.id = ANY(o.sent) OR NOT EXISTS ({_RUNS.format("o")}))
RETURNING {SHOWN}, l.state
""")  # noqa: S608 - fragments of ours, values are bound


def begin_run(conn: Connection, holder: Holder) -> None:
    """Note that nothing of what this attempt has just claimed is begun, in the transaction that claims it."""
    conn.execute(_BEGIN, holder._asdict())


def mark(conn: Connection, holder: Holder, begun: int, sent: Iterable[int]) -> bool:
    """Mark a letter as begun, and others as sent; False where its letters are no longer this attempt's.

    Outside of any transaction: it stands when this returns, whatever becomes of this process.
    """
    words = _MARK.format(begun=begun, sent=",".join(map(str, sent)), **holder._asdict())
    return at_once(conn, words.encode()).command_tuples == 1


def release(conn: Connection, holder: Holder, begun: Sequence[int]) -> int:
    """Put back what this attempt has claimed and not begun; returns how many letters that were."""
    return len(conn.execute(_RELEASE, {**holder._asdict(), "begun": list(begun)}).all())


def end_run(conn: Connection, holder: Holder) -> None:
    """Forget the marks of an attempt; a letter of it that is `sending` yet will be unknown."""
    conn.execute(_END, holder._asdict())


def take_over(conn: Connection, systems: Sequence[str]) -> list[tuple[Claimed, Became]]:
    """Say by its marks what became of the letters of each run that is over, or silent; returns those, with their state.

    Runs that hold letters of systems that are not named are left alone.
    """
    found = conn.execute(_TAKE, {"systems": list(systems), "silence": SILENCE})
    return [(Claimed(*row[:-1]), row[-1]) for row in found]
