"""Dead jobs that failed alike are put back in stages, one, ten, then all, each if the one before went well.

The command waits between the stages; on the page each is a press of a button. Both are this file's.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bellwork.db.ledger import list_acts, record_act, retry_finished
from bellwork.db.ledger.alike import became, dead_alike, take_turn
from bellwork.db.queries.failures import failures
from bellwork.ops import words
from bellwork.ops.jobs import BATCH

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy
    from bellwork.db.queries.failures import Failure

#: Jobs of each stage; the last one is for the rest.
STAGES: tuple[int | None, ...] = (1, 10, None)
#: No stage follows, and no batch of the last one, where more than this share of what was put back failed again.
MOST_FAILED = 0.05
#: What a page finds of a replay: acts no older than this, so many of them, and the newest of their jobs.
RECENT, ACTS, NEWEST = timedelta(days=1), 100, 20_000
#: Looks at dead jobs in one transaction: of an actor that dies of many things only some failed like this.
LOOKS = 10
#: A preview counts so far.
COUNTED = 10_000
_WHAT = "failures replay"


def failure_of(conn: Connection, fingerprint: str) -> Failure | None:
    """Return the failure of this fingerprint; None where none of the newest ones has it."""
    return next((each for each in failures(conn) if each.fingerprint == fingerprint), None)


def count_dead(conn: Connection, failure: Failure, before: int | None = None) -> tuple[list[int], bool]:
    """Return the ids of the dead jobs that failed like this, COUNTED at most, and whether there may be more."""
    ids: list[int] = []
    for _ in range(LOOKS):
        found = dead_alike(conn, failure, COUNTED - len(ids), before)
        ids, before = ids + found.ids, found.before
        if before is None or len(ids) == COUNTED:
            break
    return ids, before is not None


class Replay:
    """One replay of a failure, from its first job to its last, or as far as it has come.

    The newest jobs go first: those below `before` are to come. What dies after its beginning is left to the next one.
    `replayed_now` counts what this object has put back in its `stage`.
    """

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        self.stage = 0
        self.ended = False
        self.replayed_now = 0
        self.became: Counter[str] = Counter()
        self.before: int | None = None
        self._since: datetime | None = None
        self._waiting: list[int] = []

    @classmethod
    def begun(cls, conn: Connection, failure: Failure) -> Replay:
        """Return the newest replay of a failure as it stands, by what is recorded of it; a new one where none is."""
        found, acts = cls(failure), list_acts(conn, ACTS, _subject(failure))
        newest = [act for act in acts if act["what"] == _WHAT and datetime.now(UTC) - act["at"] < RECENT]
        first = next((place for place, act in enumerate(newest) if act["after"]["stage"] == 1), None)
        if first is None:
            return found
        run = newest[: first + 1]
        found.stage = max(int(act["after"]["stage"]) for act in run)
        ids = [int(id_) for act in run for id_ in act["before"]]
        found._waiting, found.before, found._since = ids[:NEWEST], min(ids), run[-1]["at"]
        found.look(conn)
        return found

    @property
    def replayed(self) -> int:
        """How many jobs it has put back."""
        return len(self._waiting) + self.became.total()

    @property
    def waiting(self) -> int:
        """How many of them wait or run, and have not failed since."""
        return len(self._waiting)

    @property
    def failed(self) -> int:
        """How many of them failed again."""
        return self.became["failed"]

    @property
    def oldest(self) -> int | None:
        """One of those that wait or run."""
        return self._waiting[0] if self._waiting else None

    @property
    def goes_wrong(self) -> bool:
        """Tell whether too many failed again for it to go on."""
        return self.failed > MOST_FAILED * self.replayed

    def begin_stage(self) -> int | None:
        """Go on to the next stage, or stay in the last one; returns how many jobs it is for, None for the rest."""
        self.stage, self.replayed_now = min(self.stage + 1, len(STAGES)), 0
        return STAGES[self.stage - 1]

    def put_back(self, conn: Connection, most: int | None, by: ChangedBy) -> list[int]:
        """Put up to `most` more of its jobs back in the caller's transaction, and record it; returns which.

        BATCH of them at most, and fewer where others are between them: none is left only when it has `ended`. Whose
        unique key is taken again, and who was put back meanwhile, is passed over.
        """
        now = take_turn(conn, self.failure.fingerprint)
        wanted, ids = min(most or BATCH, BATCH), list[int]()
        for _ in range(LOOKS):
            found = dead_alike(conn, self.failure, wanted - len(ids), self.before)
            ids, self.before, self.ended = ids + found.ids, found.before, found.before is None
            if self.ended or len(ids) == wanted:
                break
        back = retry_finished(conn, ids) if ids else []
        if back:
            self._since = self._since or now
            kept = {"stage": self.stage, "jobs": len(back)}
            record_act(conn, by, _WHAT, _subject(self.failure), dict.fromkeys(map(str, back), "dead"), kept)
        self._waiting += back
        self.replayed_now += len(back)
        return back

    def look(self, conn: Connection) -> None:
        """See what has become of those that waited."""
        if not self._waiting or self._since is None:
            return
        told = became(conn, self._waiting, self._since)
        self.became.update(outcome for id_ in self._waiting if (outcome := told.get(id_, "gone")) != "waiting")
        self._waiting = [id_ for id_ in self._waiting if told.get(id_) == "waiting"]

    def left(self, conn: Connection) -> tuple[int, bool]:
        """Count the dead jobs that it has not come to, COUNTED at most, and tell whether there may be more."""
        if self.ended:
            return 0, False
        ids, is_more = count_dead(conn, self.failure, self.before)
        return len(ids), is_more

    def told(self) -> str:
        """Say what has become of its jobs."""
        counts = (("failed again", self.failed), ("wait or run", self.waiting), ("cancelled", self.became["cancelled"]))
        what = ", ".join(f"{count:,} {word}" for word, count in counts if count)
        return f"Of {words.plural(self.replayed, 'job')} put back {what or 'none failed again'}."

    def as_data(self) -> dict[str, Any]:
        """Return it as data."""
        became_ = {word: self.became[word] for word in ("done", "failed", "cancelled", "gone")}
        stage = {"stage": self.stage, "stages": len(STAGES)}
        return {
            "fingerprint": self.failure.fingerprint,
            "replayed": self.replayed,
            **became_,
            "waiting": self.waiting,
            **stage,
        }


def _subject(failure: Failure) -> str:
    return f"failure {failure.fingerprint}"
