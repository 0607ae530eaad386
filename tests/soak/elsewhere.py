"""What orders have to leave elsewhere: recomputes, letters, loans, nudges, metrics, ratings, certificates, help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.db.pipelines import Found, Healing, compare
from bellwork.db.systems import pipelines
from tests.soak import helped, learned, loans, nudged, taught, tutored
from tests.soak.patience import within
from tests.soak.sql import ground

if TYPE_CHECKING:
    from tests.soak.mailroom import Mailroom

#: Seconds until recomputes that were sent last have run.
PATIENCE = 20.0
#: Seconds until letters that were held back while the server refused our sender are sent.
MAIL_PATIENCE = 150.0
#: How many culprits a sentence names.
_NAMED = 5


def elsewhere_violations(room: Mailroom) -> list[str]:
    """Wait until no recompute is left; name what is missing then."""
    return [
        *_unseen(),
        *_unsent(room),
        *_not_reconciled(),
        *_not_lent(),
        *_not_nudged(room),
        *_not_counted(),
        *_not_learned(),
        *_not_taught(),
        *_not_helped(room),
    ]


def _unseen() -> list[str]:
    if not within(PATIENCE, _recomputed):
        return [f"a recompute has not ended {PATIENCE:g} s after all was healed"]
    with transaction() as conn:
        unseen = ground.unseen_changes(conn)
    return [f"{unseen} changes were seen by no recompute"] if unseen else []


def _recomputed() -> bool:
    with transaction() as conn:
        return not ground.unfinished_recomputes(conn)


def _unsent(room: Mailroom) -> list[str]:
    with transaction() as conn:
        missing = sorted(ground.letters_due(conn) - set(room.taken))
    return [f"{len(missing)} letters were never sent: {', '.join(missing[:_NAMED])}"] if missing else []


def _not_reconciled() -> list[str]:
    """Mend what was deleted by hand; then every row of every pipeline has its job, and every job its row."""
    if not within(MAIL_PATIENCE, _reconciled):
        return [each.said for found in _compared() for each in found.examples[:_NAMED]] or ["loans still have jobs"]
    return []


def _reconciled() -> bool:
    healing = Healing(ChangedBy("soak", "jobs were deleted by hand"), retry=True)
    mended = [compare(pipeline, healing=healing, age=0) for pipeline in pipelines()]
    with transaction() as conn:
        return not any(found.wrong for found in mended) and not loans.waiting(conn)


def _compared() -> list[Found]:
    return [compare(pipeline, age=0) for pipeline in pipelines()]


def _not_lent() -> list[str]:
    with transaction() as conn:
        orders = loans.broken(conn)
    named = ", ".join(orders[:_NAMED])
    return [f"{len(orders)} loans of a stranger's system did not pass both stages once: {named}"] if orders else []


def _not_nudged(room: Mailroom) -> list[str]:
    if not within(MAIL_PATIENCE, _all_settled):
        return [f"letters of nudges still wait {MAIL_PATIENCE:g} s after all was healed"]
    with transaction() as conn:
        learners = nudged.broken(conn, room.delivered)
    named = ", ".join(learners[:_NAMED])
    return [f"{len(learners)} learners were not nudged once, in the app and by mail: {named}"] if learners else []


def _all_settled() -> bool:
    with transaction() as conn:
        return nudged.is_over(conn)


def _not_counted() -> list[str]:
    if not within(MAIL_PATIENCE, _all_counted):
        return [f"changes of tutors still wait {MAIL_PATIENCE:g} s after all was healed"]
    with transaction() as conn:
        return [f"metrics are wrong: {said}" for said in tutored.broken(conn)]


def _all_counted() -> bool:
    with transaction() as conn:
        return not tutored.waiting(conn)


def _not_learned() -> list[str]:
    if not within(MAIL_PATIENCE, _all_learned):
        return [f"answers of learners still wait {MAIL_PATIENCE:g} s after all was healed"]
    with transaction() as conn:
        return [f"a learner's numbers are wrong: {said}" for said in learned.broken(conn)]


def _all_learned() -> bool:
    with transaction() as conn:
        return not learned.waiting(conn)


def _not_taught() -> list[str]:
    if not within(MAIL_PATIENCE, _all_taught):
        return [f"courses still wait {MAIL_PATIENCE:g} s after all was healed"]
    with transaction() as conn:
        return [f"a course is wrong: {said}" for said in taught.broken(conn)]


def _all_taught() -> bool:
    with transaction() as conn:
        return not taught.waiting(conn)


def _not_helped(room: Mailroom) -> list[str]:
    if not within(MAIL_PATIENCE, _all_helped):
        return [f"students still wait for their trainer {MAIL_PATIENCE:g} s after all was healed"]
    with transaction() as conn:
        return [f"a student is not helped: {said}" for said in helped.broken(conn, room.delivered)]


def _all_helped() -> bool:
    with transaction() as conn:
        return not helped.waiting(conn)
