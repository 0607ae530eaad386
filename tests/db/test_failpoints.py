"""Failpoints: what is ordered happens where it was ordered, as often as it was ordered; without orders, nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults import failpoints

ROOT = Path(__file__).parents[2]
_REACH = "import sys; from bellwork.db.failpoints import reach; reach('before_claim', 'faults'); print('passed')"
_CATCH = """
from bellwork.db.failpoints import reach
try: reach('before_claim')
except BaseException as error: print(type(error).__name__, error)
"""
_TICK = """
import threading, time
from bellwork.db.failpoints import reach
thread, ticks = threading.Thread(target=reach, args=('before_claim',)), [time.monotonic()]
thread.start()
while thread.is_alive(): time.sleep(0.01); ticks.append(time.monotonic())
print(ticks[-1] - ticks[0], max(after - before for before, after in zip(ticks, ticks[1:])))
"""


def _start(folder: Path | None, program: str = _REACH) -> subprocess.Popen[str]:
    env = {**os.environ, "FAILPOINTS": str(failpoints.place(folder)) if folder else ""}
    return subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _run(folder: Path | None, program: str = _REACH) -> tuple[int, list[str]]:
    process = _start(folder, program)
    out, _ = process.communicate(timeout=60)
    return process.returncode, out.splitlines()


def test_without_a_folder_nothing_happens(tmp_path: Path) -> None:
    """An order lies there, FAILPOINTS is empty: the process passes, the order stays."""
    failpoints.order(tmp_path, "before_claim", "kill9")

    assert (0, ["passed"]) == _run(None)
    assert failpoints.taken(tmp_path, "before_claim") is None


@pytest.mark.parametrize(
    ("action", "code"),
    [("kill9", -signal.SIGKILL), ("term", -signal.SIGTERM), ("segv", -signal.SIGSEGV), ("exit 7", 7), ("end", 0)],
)
def test_the_process_ends_as_ordered(action: str, code: int, tmp_path: Path) -> None:
    """Its exit code says how, it does not pass, and the time when it took the order is known."""
    began = time.time()
    failpoints.order(tmp_path, "before_claim", action)

    assert (code, []) == _run(tmp_path)
    assert began - 1 < (failpoints.taken(tmp_path, "before_claim") or 0) < time.time() + 1


def test_a_stopped_process_goes_on_when_it_is_continued(tmp_path: Path) -> None:
    """SIGSTOP: it is alive, and passes after SIGCONT."""
    failpoints.order(tmp_path, "before_claim", "stop")
    process = _start(tmp_path)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    stopped = os.WIFSTOPPED(status)
    os.kill(process.pid, signal.SIGCONT)

    assert stopped
    assert ("passed\n", "") == process.communicate(timeout=60)


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("raise", "InjectedFault failpoint before_claim: raise"),
        ("raise two words", "InjectedFault failpoint before_claim: two words"),
        ("enospc", "OSError [Errno 28] No space left on device"),
        ("kill", "ValueError failpoint before_claim: nobody understands the order 'kill'"),
        ("end", "SystemExit "),
    ],
)
def test_what_is_raised(action: str, said: str, tmp_path: Path) -> None:
    """Ordinary exceptions say where they come from; a misspelt order is no silent one."""
    failpoints.order(tmp_path, "before_claim", action)

    assert said in _run(tmp_path, _CATCH)[1]


@pytest.mark.parametrize(("action", "others_wait"), [("sleep 1", False), ("gil 1", True)])
def test_waiting_leaves_the_other_threads_alone_unless_the_lock_is_held(
    action: str, others_wait: bool, tmp_path: Path
) -> None:
    """`sleep` keeps one thread for a second, `gil` all of them."""
    failpoints.order(tmp_path, "before_claim", action)
    [line] = _run(tmp_path, _TICK)[1]
    took, longest_wait = map(float, line.split())

    assert took >= 1.0
    assert others_wait == (longest_wait >= 0.9)


def test_of_several_processes_exactly_one_takes_an_order(tmp_path: Path) -> None:
    """Six processes come by two orders at the same time: two end by them, four pass."""
    for _ in range(2):
        failpoints.order(tmp_path, "before_claim", "exit 9")
    started = [_start(tmp_path) for _ in range(6)]
    said = [process.communicate(timeout=60)[0] for process in started]

    assert [("", 9)] * 2 + [("passed\n", 0)] * 4 == sorted(zip(said, [p.returncode for p in started], strict=True))


def test_always_means_everybody_until_it_is_called_off(tmp_path: Path) -> None:
    """Two processes obey one order; after clear() the third passes."""
    failpoints.order(tmp_path, "before_claim", "exit 9", always=True)

    assert [9, 9] == [_run(tmp_path)[0] for _ in range(2)]
    failpoints.clear(tmp_path)
    assert 0 == _run(tmp_path)[0]


@pytest.mark.parametrize(
    ("point", "subject", "obeyed"),
    [
        ("before_claim", "faults", True),
        ("before_claim", "fault", False),
        ("before_claim", "faults.speak", False),
        ("before_cla", "", False),
        ("before_claims", "", False),
    ],
)
def test_an_order_is_for_its_point_and_subject_alone(point: str, subject: str, obeyed: bool, tmp_path: Path) -> None:
    """Neither the beginning of another point's name nor that of another subject is enough."""
    failpoints.order(tmp_path, point, "exit 9", subject)
    failpoints.order(tmp_path, point, "exit 9", subject, always=True)

    assert [9 if obeyed else 0] * 3 == [_run(tmp_path)[0] for _ in range(3)]


def test_a_key_with_slashes_is_a_subject(tmp_path: Path) -> None:
    """Files of the storage are named by their keys."""
    failpoints.order(tmp_path, "before_part", "exit 9", "audio/key.wav")

    assert 9 == _run(tmp_path, "from bellwork.db.failpoints import reach; reach('before_part', 'audio/key.wav')")[0]
