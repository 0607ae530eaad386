"""What is amiss with what jobs stand on: processes that end again and again, Redis, clocks, archives, PostgreSQL.

The limits are those of the alert rules (docs/monitoring/alerts.yml), but where a rule looks at a longer time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bellwork.ops import words
from bellwork.ops.look.problem import Problem, first

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bellwork.ops.look.picture import Picture

#: Processes that may end within some minutes, due jobs that Redis may lack, seconds that a clock may be off.
ENDS, MISSING, SKEW = 3, 20, 1.0
#: Days for which a partition may wait for its archive, seconds that a transaction may last, the share of connections.
WAITING, OLDEST, SHARE = 3, 3600.0, 0.9


def ending_processes(picture: Picture) -> Iterator[Problem]:
    """Worker processes that end one after another."""
    ground = picture.around["ground"]
    ended = {how: times for how, times in ground.get("recently", {}).get("ended", {}).items() if how != "master died"}
    if sum(ended.values()) > ENDS:
        yield Problem(
            "fail",
            f"{sum(ended.values()):,} worker processes ended in the last {ground['recent_minutes']} minutes",
            ", ".join(f"{times} {_ENDED[how]}" for how, times in ended.items() if times),
            "what they ran is tried elsewhere, and each try counts",
            "`bellwork failures list` names the jobs they ran; see the workers' log and the kernel's (out of memory)",
            "CrashLoop",
            leads="/workers",
        )


_ENDED = {"silent": "fell silent", "died": "died", "killed": "killed for a job past its time limit"}


def beneath(picture: Picture) -> Iterator[Problem]:
    """Jobs that Redis lacks, missed ticks, clocks, archives that wait, connections and old transactions."""
    ground = picture.around["ground"]
    yield from _missing(ground.get("due_missing") or {})
    yield from _ticks(ground.get("calendar", {}))
    yield from _clocks(ground.get("clocks", {}))
    yield from _archives(picture.at, ground.get("tables", {}))
    yield from _server(ground.get("server", {}))


def _missing(missing: Mapping[str, int]) -> Iterator[Problem]:
    if sum(missing.values()) > MISSING:
        yield Problem(
            "warn",
            f"Redis lacks jobs that are due in {first(sorted(missing))}",
            "they should have been offered half a minute ago",
            "workers find them by asking PostgreSQL, seconds late",
            "see the scheduler's log and whether Redis evicts keys; `bellwork doctor` asks both",
            "HintDrift",
            leads="/queues",
        )


def _ticks(calendar: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    missed = {key: each["missed"] for key, each in calendar.items() if each["missed"]}
    if missed:
        yield Problem(
            "warn",
            f"Missed in the last hour: {words.plural(sum(missed.values()), 'tick')} of {first(sorted(missed))}",
            "they were decided later than their entry allows",
            "what they would have done is not caught up",
            f"`bellwork schedule history {min(missed)}` says why; `bellwork schedule run` does it now",
            "TicksMissed",
            leads="/schedule",
        )


def _clocks(clocks: Mapping[str, float]) -> Iterator[Problem]:
    wrong = {host: ahead for host, ahead in clocks.items() if abs(ahead) > SKEW}
    if wrong:
        farthest = max(wrong, key=lambda host: abs(wrong[host]))
        off = f"{words.duration(abs(wrong[farthest]))} {'ahead of' if wrong[farthest] > 0 else 'behind'} PostgreSQL's"
        yield Problem(
            "warn",
            f"Clocks disagree: {first(sorted(wrong))}",
            f"that of {farthest} is {off}",
            "logs tell another order, and other services may refuse signatures; no job is decided by it",
            "let the hosts follow one time server (`chronyc tracking`)",
            "ClockSkew",
            leads="/workers",
        )


def _archives(at: datetime, tables: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    for name, table in tables.items():
        since = table.get("waiting_since")
        if since is None or (at.timestamp() - since) < WAITING * 86_400:
            continue
        yield Problem(
            "warn",
            f"Archives are late: {words.plural(table['waiting'], 'partition')} of {name}",
            "their time has come, and no archive of them was written and read back",
            "they are kept until then, and the table grows",
            "`bellwork partitions list` says what stopped them, `bellwork partitions rotate` tries again",
            "ArchiveNotVerified",
            datetime.fromtimestamp(since, UTC),
            "/partitions",
        )


def _server(server: Mapping[str, Any]) -> Iterator[Problem]:
    if not server:
        return
    used, most = server["connections"], server["connections_most"]
    if used > SHARE * most:
        yield Problem(
            "warn",
            f"PostgreSQL has {used:,} of {most:,} connections in use",
            "",
            "who comes when there are none left is refused",
            "end what idles there, start fewer processes, or put a pooler in between (BELLWORK_POOLER)",
            "ConnectionsLow",
        )
    if server["oldest_transaction"] > OLDEST:
        yield Problem(
            "warn",
            f"A transaction is open for {words.duration(server['oldest_transaction'])}",
            "",
            "PostgreSQL removes no row that died since, so claims become slower",
            "find it in pg_stat_activity, and let its owner end it",
            "OldTransaction",
        )
