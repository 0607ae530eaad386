"""Dramatiq's own suite over LedgerBroker: what differs is known, listed with its reason, and nothing else does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

import dramatiq
import pytest

SUITE = os.environ.get("DRAMATIQ_TESTS", "")
#: Files that test another broker, the command line, or types: no broker of ours has a part in them.
LEFT_OUT = (
    "test_redis.py",
    "test_rabbitmq.py",
    "test_stub_broker.py",
    "test_types.py",
    "test_cli.py",
    "test_pidfile.py",
    "test_watch.py",
    "benchmarks",
    # Needs prometheus-client, which is nobody's dependency here.
    *(() if find_spec("prometheus_client") else ("middleware/test_prometheus.py",)),
)
NAMED = "arguments have names in the ledger, so a worker's message has kwargs where the sender's had args"
STARRED = "*args is refused where it is sent: a job's arguments have names"
CHECKED = "a pipeline is refused where it is sent if a stage cannot take what it will be given"
FREE = "a job is claimed when a thread is free for it, so none waits in the worker's memory to be sorted or counted"
WAITS = "a message for an actor that nobody knows waits for a worker that knows it; it is not rejected"
BACK = "what a shutdown interrupts is handed back, uncounted, and waits for the next worker"
FRONT = "the engine's own middleware stands in front of every other"
#: Tests that fail here on purpose, and why.
DELIBERATE = {
    "middleware.test_asyncio.test_anyio_currrent_message_middleware_exposes_the_current_message": NAMED,
    "test_actors.test_currrent_message_middleware_exposes_the_current_message": NAMED,
    "test_messages.test_messageproxy_representation": NAMED,
    "test_composition.test_pipe_ignore_applies_to_receiving_message[redis]": STARRED,
    "test_composition.test_pipe_ignore_applies_to_receiving_message[stub]": STARRED,
    "test_composition.test_pipeline_does_not_continue_to_next_actor_when_message_is_marked_as_failed": CHECKED,
    "test_actors.test_actors_can_prioritize_work": FREE,
    "test_worker.test_workers_process_messages_in_order": FREE,
    "test_actors.test_messages_belonging_to_missing_actors_are_rejected": WAITS,
    "middleware.test_shutdown.test_shutdown_notifications_are_received": BACK,
    "middleware.test_shutdown.test_shutdown_notifications_dont_notify_completed_threads": BACK,
    "test_broker.test_broker_middleware_can_be_added_before_other_middleware": FRONT,
    "test_broker.test_broker_middleware_can_be_added_after_other_middleware": FRONT,
}
#: Tests that reach into the queues which a StubBroker has in memory: of another broker.
INSIDE_STUB = {
    "test_actors.test_actors_can_be_sent_messages",
    "test_actors.test_worker_handles_non_numeric_eta_and_logs_warning",
    "test_actors.test_worker_handles_none_eta",
}
#: Tests that demand something within fractions of a second: not judged, for a busy machine fails them.
BY_THE_CLOCK = {
    "middleware.test_retries.test_retry_exceptions_can_specify_a_delay",
    "middleware.test_retries.test_actors_can_be_assigned_zero_min_backoff",
    "middleware.test_retries.test_actors_can_be_assigned_zero_max_backoff",
    "middleware.test_retries.test_actor_messages_can_be_assigned_zero_min_backoff",
    "middleware.test_retries.test_actor_messages_can_be_assigned_zero_max_backoff",
    "middleware.test_asyncio.test_event_loop_thread_run_coroutine_interrupted",
}


def differs() -> str | None:
    """Say why the folder of DRAMATIQ_TESTS cannot be used; None where it can."""
    if not SUITE:
        return "DRAMATIQ_TESTS names no clone of Dramatiq's repository"
    theirs, ours = Path(SUITE, "dramatiq"), Path(dramatiq.__file__).parent
    for source in sorted(ours.rglob("*.py")):
        name = source.relative_to(ours)
        if not (theirs / name).exists() or _lines(theirs / name) != _lines(source):
            return f"DRAMATIQ_TESTS has other sources than the installed {dramatiq.__version__}: {name}"
    return None


def _lines(source: Path) -> list[str]:
    return [line for line in source.read_text().splitlines() if not line.startswith("__version__")]


REASON = differs()


@pytest.mark.skipif(REASON is not None, reason=REASON or "")
@pytest.mark.timeout(1_800)
def test_only_what_is_listed_differs(database: str, tmp_path: Path) -> None:
    """Each test passes but those of DELIBERATE and of another broker's memory, and each of those still fails."""
    del database
    here = Path(__file__).parent
    suite = tmp_path / "suite"
    shutil.copytree(Path(SUITE, "tests"), suite / "tests")
    shutil.copy(here / "over_ledger.py", suite / "tests" / "conftest.py")
    left_out = [f"--ignore={suite / 'tests' / name}" for name in LEFT_OUT]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:randomly",
        "-q",
        "--tb=line",
        "--timeout=60",
        "--junitxml=report.xml",
    ]
    where = [f"--rootdir={suite}", "-c", os.devnull, str(suite / "tests")]
    env = {**os.environ, "PYTHONPATH": str(here.parents[1]), "PYTEST_ADDOPTS": ""}
    subprocess.run([*command, *left_out, *where], cwd=suite, env=env, check=False)
    report = ET.parse(suite / "report.xml")  # noqa: S314 - pytest has just written it
    ended = {_name(case): _end(case) for case in report.iter("testcase")}
    print(Counter(ended.values()))  # noqa: T201 - the counts of docs/dramatiq.md

    failed = {name for name, end in ended.items() if end == "failed"}
    assert set(DELIBERATE) | INSIDE_STUB == failed - BY_THE_CLOCK


def _name(case: ET.Element) -> str:
    return f"{case.get('classname')}.{case.get('name')}".removeprefix("tests.")


def _end(case: ET.Element) -> str:
    if case.find("skipped") is not None:
        return "skipped"
    return "passed" if case.find("failure") is None and case.find("error") is None else "failed"
