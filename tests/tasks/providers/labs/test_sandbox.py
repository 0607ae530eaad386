"""What a lab cannot do: to its host, to other labs, to its judge; and that it may hurt itself and nobody else."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.providers.labs import LabGone, LabOrder, Limits, parse_criteria
from bellwork.tasks.providers.labs.bubblewrap.container import Container
from bellwork.tasks.providers.labs.bubblewrap.groups import Groups
from tests.helpers import eventually
from tests.tasks.providers.labs.shells import learner

if TYPE_CHECKING:
    from pathlib import Path

    from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap

SMALL = Limits(storage=4 * 2**20, memory=128 * 2**20, pids=40)
PASS = parse_criteria([{"kind": "command_succeeds", "command": "test -d ."}])


def test_a_lab_sees_nothing_of_its_host(host: Bubblewrap) -> None:
    """No process, no network but its own loopback, no folder but /usr and what it may write: home, /tmp, /dev/shm."""
    host.create(LabOrder("lab-a", SMALL))
    with learner(host, "lab-a") as anna:
        assert "lo\n" in anna.type("ls /sys 2>&1; tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")
        assert "1\n" in anna.type("ls -d /proc/[0-9]* | grep -vE '/(1|2)$' | wc -l >n; [ $(cat n) -lt 6 ] && echo 1")
        seen = anna.type("ls /").split()
        assert not {"root", "var", "home2", "srv", "opt", "work", "mnt"} & set(seen)
        written = "for d in / /etc /usr /usr/bin /dev /home /proc; do touch $d/x 2>/dev/null && echo wrote $d; done"
        assert "wrote" not in anna.type(written)
        assert "denied" in anna.type(
            "mkdir m; mount -t tmpfs x m 2>&1 | grep -o -e denied -e superuser | sed s/superuser/denied/"
        )
        assert "failed" in anna.type("unshare -Ur true 2>&1")
        assert "CapEff:\t0000000000000000" in anna.type("grep CapEff /proc/self/status")
        assert "NoNewPrivs:\t1" in anna.type("grep NoNewPrivs /proc/self/status")


def test_labs_cannot_see_each_other_and_are_users_of_their_own(host: Bubblewrap) -> None:
    """A port of one is closed for the other; as root of the host makes them, no two have one user id."""
    for name in ("lab-a", "lab-b"):
        host.create(LabOrder(name, SMALL))
    with learner(host, "lab-a") as anna, learner(host, "lab-b") as ben:
        anna.begin("touch /tmp/mine /dev/shm/mine; python3 -m http.server 8080 --bind 127.0.0.1 >/dev/null 2>&1 &")
        port = "python3 -c \"import socket; socket.create_connection(('127.0.0.1', 8080), 1)\" 2>&1"
        eventually(lambda: "ended 0" in anna.type(port))
        assert "refused" in ben.type(port)
        assert "mine" not in ben.type("ls /tmp /dev/shm")
    uids = {Container(host._place.lab(name)).noted()[2] for name in ("lab-a", "lab-b")}  # type: ignore[index]
    assert (2 if os.geteuid() == 0 else 1) == len(uids)
    assert 0 not in uids


def test_a_lab_cannot_reach_a_server_of_its_host(host: Bubblewrap) -> None:
    """Neither by address nor by an abstract socket."""
    host.create(LabOrder("lab-a", SMALL))
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0bellwork-{server.getsockname()[1]}")
        abstract.listen()
        port = server.getsockname()[1]
        with learner(host, "lab-a") as anna:
            assert "refused" in anna.type(
                f"python3 -c \"import socket; socket.create_connection(('127.0.0.1', {port}))\" 2>&1"
            )
            asked = (
                f"python3 -c \"import socket; socket.socket(socket.AF_UNIX).connect(chr(0) + 'bellwork-{port}')\" 2>&1"
            )
            assert "refused" in anna.type(asked)


def test_a_full_home_is_the_learners_own_trouble(host: Bubblewrap) -> None:
    """Writing ends with 'no space left'; the lab goes on, is judged, and ends."""
    host.create(LabOrder("lab-a", SMALL))
    with learner(host, "lab-a") as anna:
        assert "No space left" in anna.type("head -c 9000000 /dev/zero 2>&1 >big")
        assert "No space left" in anna.type("head -c 90000000 /dev/zero 2>&1 >/tmp/big")
        assert "No space left" in anna.type("head -c 90000000 /dev/zero 2>&1 >/dev/shm/big")
    assert host.judge("lab-a", PASS).passed
    assert host.release("lab-a")


def test_a_fork_bomb_stays_in_its_lab(grouped: Bubblewrap) -> None:
    """It has as many processes as the lab may have; the judge has its own; it is ended as any other."""
    grouped.create(LabOrder("lab-a", SMALL))
    with learner(grouped, "lab-a") as anna:
        assert "ended 0" in anna.type("exec 2>/dev/null")
        anna.begin("b() { b | b & }; b")
        assert grouped.judge("lab-a", PASS).passed
    assert grouped.release("lab-a")
    assert not grouped.held()


def test_600_megabytes_are_killed_and_the_lab_goes_on(grouped: Bubblewrap) -> None:
    """The process that takes more than the lab has is killed at once, and alone."""
    grouped.create(LabOrder("lab-a", Limits(storage=2**20, memory=512 * 2**20)))
    with learner(grouped, "lab-a") as anna:
        began = time.monotonic()
        assert "ended 137" in anna.type('python3 -c "bytearray(600 * 1000 * 1000)"')
        assert time.monotonic() - began < 10
        assert "ended 0" in anna.type("true")


def test_the_judge_reads_and_changes_nothing(host: Bubblewrap) -> None:
    """What a judged command writes into the home is refused, and what it leaves in /tmp the learner never sees."""
    host.create(LabOrder("lab-a", SMALL, files={"app.py": "open('/tmp/trace', 'w').write('x'); open('out', 'w')"}))
    listed = [
        {"kind": "command_succeeds", "command": "python3 app.py"},
        {"kind": "command_succeeds", "command": "test -e /tmp/trace"},
        {"kind": "output_equals", "command": "cat; id -u", "stdin": "in\n", "expected": "in\n1000"},
    ]
    judged = host.judge("lab-a", parse_criteria(listed)).criteria
    assert [False, False, True] == [each.passed for each in judged]
    with learner(host, "lab-a") as anna:
        assert "trace" not in anna.type("ls /tmp; ls")


def test_what_is_judged_cannot_reach_the_judge(host: Bubblewrap) -> None:
    """A judged program that looks for its judge finds itself alone, without anything open but its input and output."""
    spy = "import os; print(*(d for d in os.listdir('/proc') if d.isdigit()), *sorted(os.listdir('/proc/self/fd')))"
    host.create(LabOrder("lab-a", SMALL, files={"spy.py": spy}))
    listed = [{"kind": "output_equals", "command": "exec python3 spy.py", "expected": "1 0 1 2 3"}]
    verdict = host.judge("lab-a", parse_criteria(listed))
    assert verdict.passed, verdict
    with learner(host, "lab-a") as anna:
        assert "spy" not in anna.type("cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -o 'python3 s[p]y.py'")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("yes", "it wrote more than 1048576 bytes"),
        ("kill -9 $$; echo no", "the output differs"),
        ("exit 7", "the command ended with 7"),
        ("mkfifo /tmp/f; cat /tmp/f", "it took longer than the"),
        ("setsid sleep 1000 >/dev/null & exit 5", "the command ended with 5"),
    ],
)
def test_a_judged_command_is_cut_off(host: Bubblewrap, command: str, said: str) -> None:
    """By time and by the size of its output; what it left in the background dies with it."""
    host.judge_seconds = 2.0
    host.create(LabOrder("lab-a", SMALL))
    listed = [{"kind": "output_equals", "command": command, "expected": "x"}]
    judged = host.judge("lab-a", parse_criteria(listed)).criteria[0]
    assert judged.said.startswith(said), judged.said


def test_a_port_of_the_lab_answers_the_judge(host: Bubblewrap) -> None:
    """The judge knocks on the lab's own loopback."""
    criteria = parse_criteria([{"kind": "port_answers", "port": 8080}])
    host.create(LabOrder("lab-a", SMALL))
    assert not host.judge("lab-a", criteria).passed
    with learner(host, "lab-a") as anna:
        anna.begin("python3 -m http.server 8080 >log 2>&1 &")
        eventually(lambda: host.judge("lab-a", criteria).passed)


def test_a_program_is_run_in_a_lab_of_its_own(host: Bubblewrap) -> None:
    """An answer that is code is run with its input, and leaves nothing."""
    ran = host.run(LabOrder("run-a", SMALL, files={"a.py": "print(int(input()) * 2)"}), "python3 a.py", "21")
    assert (0, b"42\n") == (ran.code, ran.output)
    assert not host.held()


def test_judging_a_lab_that_is_gone_says_so(host: Bubblewrap) -> None:
    """By LabGone, as entering it does."""
    with pytest.raises(LabGone):
        host.judge("lab-a", PASS)
    with pytest.raises(LabGone):
        host.shell("lab-a")


def test_limits_are_written_as_each_version_of_control_groups_has_them(tmp_path: Path) -> None:
    """Version 2 stands here as files: a machine with it is not always to be had."""
    limits = Limits(cpu=0.25, memory=2**28, pids=9)
    Groups(2, dict.fromkeys(("memory", "cpu", "pids"), tmp_path)).make("lab-a", limits)
    written = {file.name: file.read_text() for file in (tmp_path / "lab-a").iterdir()}
    assert {"memory.max": "268435456", "memory.swap.max": "0", "cpu.max": "25000 100000", "pids.max": "9"} == written
