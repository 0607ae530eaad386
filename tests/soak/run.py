"""One soak: a fleet under fire for some seconds, then peace, quiet, and the question whether every promise was kept."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.ops.cli import output
from tests.soak.calendar import calendar_violations
from tests.soak.check import check, look
from tests.soak.elsewhere import elsewhere_violations
from tests.soak.field import open_field
from tests.soak.journal import Promises
from tests.soak.nemesis import Nemesis
from tests.soak.old_feedback import retention_violations
from tests.soak.old_months import rotation_violations
from tests.soak.patience import within
from tests.soak.report import Report, counted
from tests.soak.roll_call import missing_threads, missing_workers
from tests.soak.sql import ground, order_rows, ticks

if TYPE_CHECKING:
    from tests.soak.field import Field
    from tests.soak.nemesis import Event

#: Seconds of peace after which every job must have ended, and within which every producer knows what it has placed.
QUIET, FAREWELL = 120.0, 25.0


def run(*, seconds: float, seed: int, masters: int, as_json: bool) -> int:
    """Run a soak; 0 if every promise was kept, 1 if not, 130 when it was interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with open_field(seed, masters) as field:
            report = _soak(field, seconds, quiet=as_json)
    except KeyboardInterrupt:
        sys.stderr.write("soak: interrupted; its servers are stopped and its data removed\n")
        return 130
    if as_json:
        output.print_json(report.as_data())
        sys.stderr.write(f"{report.verdict}\n")
    else:
        _print(report)
    return 0 if report.whole else 1


def _soak(field: Field, seconds: float, *, quiet: bool) -> Report:
    def tell(event: Event) -> None:
        if not quiet:
            output.say(f"{event.at:7.1f} s  {event.words}")

    if not quiet:
        output.say(f"seed {field.seed}, {seconds:g} s, in {field.folder}")
    nemesis = Nemesis(field, tell)
    nemesis.rage(seconds)
    healed = time.monotonic()
    field.fleet.retire(field.fleet.named("producer"), FAREWELL)
    quiet_after = time.monotonic() - healed if within(QUIET, _is_quiet) else None
    # Only now: as long as jobs are left that hang or crash, workers end by them.
    violations = missing_workers(field) + missing_threads(field)
    with transaction() as conn:
        ground.bring_back(conn)  # jobs of the history, which the calendar's ticks name
    violations += elsewhere_violations(field.mailroom)
    violations += calendar_violations() + rotation_violations() + retention_violations()
    promises = Promises.read(field.folder)
    with transaction() as conn:
        order_rows.stand_still(conn)
        violations += check(conn, promises)
        found = look(conn, promises)
        decided = ticks.count_ticks(conn)
    return Report(
        seed=field.seed,
        seconds=seconds,
        events=nemesis.events,
        restarts=field.fleet.restarts(),
        quiet_after=quiet_after,
        violations=violations,
        ticks=decided,
        turned_back=len(promises.forsworn),
        kept_in=field.keep() if violations else None,
        **counted(found),
    )


def _is_quiet() -> bool:
    with transaction() as conn:
        return not order_rows.unfinished(conn)


def _print(report: Report) -> None:
    output.say("")
    output.table(["ordered", "orders"], sorted(report.orders.items()), right=["orders"])
    output.say("")
    for violation in report.violations:
        output.say(violation, output.STYLES["fail"])
    output.say(report.verdict, output.STYLES["ok" if report.whole else "fail"])
