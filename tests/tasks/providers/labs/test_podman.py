"""Labs in containers of Podman: what the protocol promises, with real containers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from bellwork.tasks.providers.labs import LabError, LabGone, LabOrder, LabRefused, Limits, open_labs, parse_criteria
from bellwork.tasks.providers.labs.podman import Podman, adapter, judge
from bellwork.tasks.providers.labs.podman.calls import tried
from bellwork.tasks.providers.labs.podman.container import Container
from tests.helpers import eventually
from tests.podman import IMAGE, host_of_containers, podman
from tests.tasks.providers.labs.shells import learner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.tasks.providers.labs.terminal import PtyShell

_RUNNING = "cat /proc/[0-9]*/cmdline"
SMALL = Limits(storage=4 * 2**20, memory=64 * 2**20, pids=40)


@pytest.fixture(scope="module")
def containers() -> Iterator[Podman]:
    """A host of containers for this file."""
    with host_of_containers() as made:
        yield made


@pytest.fixture
def host(containers: Podman) -> Iterator[Podman]:
    """That host, without a lab before and after."""
    yield containers
    assert [] == [each.id for each in containers.held() if not containers.release(each.id)]
    assert not _said("ps", "--all", "--quiet")
    assert not _said("volume", "ls", "--quiet")


def test_a_lab_has_its_files_its_setup_its_variables_and_a_user_of_its_own(host: Podman) -> None:
    """What the order says is there when `create` returns; the learner is neither root nor of this host."""
    order = LabOrder(
        "lab-a", SMALL, files={"src/app": "one\n"}, setup='echo "$COLOR" >made', environment={"COLOR": "blue and 'red'"}
    )
    host.create(order)
    with learner(host, "lab-a") as anna:
        assert "blue and 'red'\n" in anna.type("cat made")
        assert "one" in anna.type("cat src/app")
        assert int(anna.type("id -u").split()[0]) >= 20_000
        assert "Read-only" in anna.type("echo x >/new")
        assert "ended 0" not in anna.type("cat </dev/tcp/127.0.0.1/1")
    lines = _command_lines()
    assert not any(b"blue and" in line for line in lines)


def test_a_lab_knows_nothing_of_how_its_host_reaches_others(host: Podman, monkeypatch: pytest.MonkeyPatch) -> None:
    """Podman would hand on the proxies of its own environment, with the password."""
    for name in ("http_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://platform:hushed@proxy.example:3128")
    host.create(LabOrder("lab-a", SMALL))
    with learner(host, "lab-a") as anna:
        assert "hushed" not in anna.type("env")
    run = host.run(LabOrder("run-1", SMALL), "env", "")
    assert 0 == run.code
    assert b"hushed" not in run.output


def test_asking_twice_makes_one_lab_also_at_once(host: Podman) -> None:
    """Four threads ask for one id: one container, and whoever asks later finds what the learner has typed since."""
    askers = [threading.Thread(target=host.create, args=(LabOrder("lab-a", SMALL),)) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    with learner(host, "lab-a") as anna:
        anna.type("echo mine >work")
        host.create(LabOrder("lab-a", SMALL))
        assert "mine" in anna.type("cat work")
    assert ["lab-a"] == [each.id for each in host.held()]
    assert 1 == len(_said("ps", "--quiet").split())
    assert host.release("lab-a")
    assert host.release("lab-a")
    assert host.release("lab-never")


def test_a_maker_killed_at_any_step_leaves_a_lab_that_is_seen_and_made_whole(host: Podman) -> None:
    """Kill -9 before the container, after it, before it is ready: it is in `held`, and asking again makes it whole."""
    for step in ("begin", "_unpack", "finish"):
        code = f"""
import os, signal
from bellwork.tasks.providers.labs import LabOrder, open_labs
from bellwork.tasks.providers.labs.podman import adapter
def die(*arguments): os.kill(os.getpid(), signal.SIGKILL)
setattr(adapter.Podman if "{step}" == "_unpack" else adapter.Container, "{step}", die)
open_labs("podman://{host._place.root}?image={IMAGE}").create(LabOrder("lab-a", files={{"a": "b"}}))"""
        assert -signal.SIGKILL == subprocess.run([sys.executable, "-c", code], check=False).returncode
        assert ["lab-a"] == [each.id for each in host.held()]
        assert not host.is_running("lab-a")
    host.create(LabOrder("lab-a", SMALL, files={"a": "whole"}))
    assert host.is_running("lab-a")
    assert host.judge("lab-a", parse_criteria([{"kind": "file_contains", "path": "a", "text": "whole"}])).passed


def test_a_judge_reads_the_home_in_a_container_that_the_learner_cannot_reach(host: Podman) -> None:
    """All kinds of criteria, each in its own processes; the home cannot be written, time and memory end a program."""
    host.create(LabOrder("lab-a", SMALL, files={"app": "seven\n"}))
    with learner(host, "lab-a") as anna:
        anna.begin("perl -e 'socket(S, 2, 1, 6); bind(S, pack(q(S n x12), 2, 8123)); listen(S, 5) or die; sleep 99' &")
        anna.type("while ! (exec 3<>/dev/tcp/127.0.0.1/8123) 2>/dev/null; do sleep 0.1; done")
        anna.type("mkdir -p .local/bin; printf '#!/bin/sh\\necho forged\\n' >.local/bin/head")
        anna.type("perl -e 'chmod 0755, q(.local/bin/head)'")
        assert "forged" in anna.type("head app")
        verdict = host.judge(
            "lab-a",
            parse_criteria([
                {"kind": "output_equals", "command": "head app", "expected": "seven"},
                {"kind": "file_exists", "path": "app"},
                {"kind": "output_equals", "command": "cat app", "expected": "seven"},
                {"kind": "port_answers", "port": 8123},
                {"kind": "port_answers", "port": 8124},
                {"kind": "command_succeeds", "command": "echo x >app"},
            ]),
        )  # fmt: skip
        assert "seven" in anna.type("cat app")
    assert [True, True, True, True, False, False] == [each.passed for each in verdict.criteria], verdict
    run = host.run(LabOrder("run-1", SMALL), "perl -e '$x = \"x\" x 200_000_000; print 1'", "")
    assert (None, b"") == (run.code, run.output), run
    host.judge_seconds, usual = 3.0, host.judge_seconds
    try:
        late = host.run(LabOrder("run-2", SMALL), "sleep 60", "")
    finally:
        host.judge_seconds = usual
    assert late.code is None
    assert "longer than" in late.said
    assert ["lab-a"] == [each.id for each in host.held()]


def test_a_judge_that_nobody_can_end_keeps_no_worker(host: Podman, monkeypatch: pytest.MonkeyPatch) -> None:
    """Podman does not answer and the program ignores SIGTERM: the verdict comes, and the container goes later."""
    host.create(LabOrder("lab-a", SMALL))

    def refused(*arguments: str, **more: Any) -> Any:
        if arguments[0] == "rm":
            raise LabError("podman rm did not answer within 30 s")
        return tried(*arguments, **more)

    monkeypatch.setattr(judge, "tried", refused)
    monkeypatch.setattr(judge, "_LATE", 1)
    monkeypatch.setattr(host, "judge_seconds", 6.0)
    command = "trap '' TERM; while :; do sleep 1; done"
    verdict = host.judge("lab-a", parse_criteria([{"kind": "command_succeeds", "command": command}]))
    assert "longer than" in verdict.criteria[0].said
    eventually(lambda: "judge" not in _said("ps", "--all", "--format", "{{.Names}}"))


def test_a_lab_is_not_taken_for_dead_because_podman_fails(
    host: Podman, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its settings cannot be read: nobody knows whether the lab runs, and nothing of it counts as gone."""
    host.create(LabOrder("lab-a", SMALL))
    (tmp_path / "containers.conf").write_text("[engine")
    with monkeypatch.context() as broken:
        broken.setenv("CONTAINERS_CONF", str(tmp_path / "containers.conf"))
        with pytest.raises(LabError, match="podman cannot say whether lab lab-a runs"):
            host.is_running("lab-a")
        assert not host.release("lab-a")
    assert host.is_running("lab-a")


def test_a_home_is_limited_kept_and_comes_back(host: Podman, tmp_path: Path) -> None:
    """4 MB are 4 MB; what a learner left is in the next lab, over the starter files; a locked file costs no other."""
    host.create(LabOrder("lab-a", SMALL, files={"app": "old"}))
    with learner(host, "lab-a") as anna:
        assert "No space left" in anna.type("head -c 6000000 /dev/zero >big")
        anna.type(">big; echo new >app; echo x >hidden; perl -e 'chmod 0, q(hidden)'")
    assert host.save_home("lab-a", tmp_path / "home.tar")
    host.release("lab-a")
    assert not host.save_home("lab-a", tmp_path / "none.tar")
    host.create(LabOrder("lab-b", SMALL, files={"app": "old", "more": ""}, home=tmp_path / "home.tar"))
    with learner(host, "lab-b") as anna:
        assert "new" in anna.type("cat app")
        assert "more" in anna.type("ls")


def test_what_a_program_says_and_ends_with_is_its_own(host: Podman) -> None:
    """Neither floods what calls podman, whose own errors and codes are told from those of a learner's program."""
    host.create(LabOrder("lab-a", SMALL, setup="head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2"))
    verdict = host.judge("lab-a", parse_criteria([{"kind": "command_succeeds", "command": "echo no >&2; exit 125"}]))
    assert ["the command ended with 125"] == [each.said for each in verdict.criteria]
    name = Container(host._place.lab("lab-a")).name
    done = tried("exec", name, "/bin/sh", "-c", "head -c 3000000 /dev/zero; echo end; echo error >&2; exit 125")
    assert (125, b"error\n") == (done.returncode, done.stderr)
    assert done.stdout.endswith(b"\0end\n")
    assert 2**20 == len(done.stdout)
    with pytest.raises(LabError, match="did not answer within"):
        tried("exec", name, "/bin/sh", "-c", "while :; do echo; done", seconds=0.5)


def test_an_image_brings_neither_entry_point_nor_volumes(host: Podman) -> None:
    """Its entry point is not run, and its volumes are not made on this host's disk."""
    made = _said("create", IMAGE, "/bin/sh").strip()
    _said(
        "commit", "--quiet", "--change", 'ENTRYPOINT ["/bin/cat"]', "--change", "VOLUME /data", made, "localhost/odd:1"
    )
    _said("rm", made)
    host.create(LabOrder("lab-a", SMALL, image="localhost/odd:1"))
    assert 1 == len(_said("volume", "ls", "--quiet").split())


def test_a_learner_cannot_keep_who_hangs_up(host: Podman, monkeypatch: pytest.MonkeyPatch) -> None:
    """He puts what never ends where the shell's id stands: what runs on this side ends all the same."""
    monkeypatch.setattr(adapter, "_MOMENT", 1.0)
    host.create(LabOrder("lab-a", SMALL))
    with learner(host, "lab-a") as anna:
        anna.type("for f in /tmp/.[0-9a-f]*; do perl -e 'unlink $ARGV[0]; symlink q(/dev/zero), $ARGV[0]' $f; done")
        shell = cast("PtyShell", anna.shell)
    assert shell._process.returncode is not None


def test_a_shell_that_hangs_up_is_gone(host: Podman) -> None:
    """Podman itself would let it go on."""
    host.create(LabOrder("lab-a", SMALL))
    with learner(host, "lab-a") as anna:
        anna.begin("sleep 54321")
    shell = host.shell("lab-a")
    shell.close()
    name = Container(host._place.lab("lab-a")).name
    eventually(lambda: not {"54321", "bash"} & set(_said("exec", name, "/bin/sh", "-c", _RUNNING).split("\0")))


def test_orders_that_cannot_be_made_say_why(host: Podman) -> None:
    """Nothing of them is left."""
    refused = [
        LabOrder("lab-a", image="--privileged"),
        LabOrder("lab-a", environment={"A": "two\nlines"}),
        LabOrder("lab-a", files={"../x": ""}),
    ]
    for order in refused:
        with pytest.raises(LabRefused):
            host.create(order)
    with pytest.raises(LabError, match="podman pull localhost/none there"):
        host.create(LabOrder("lab-a", image="localhost/none"))
    with pytest.raises(LabError, match="its setup script failed"):
        host.create(LabOrder("lab-a", SMALL, setup="exit 3"))
    with pytest.raises(LabError, match="do not fit its storage"):
        host.create(LabOrder("lab-a", SMALL, files={"big": "x" * 5_000_000}))
    with pytest.raises(LabGone):
        host.shell("lab-a")
    assert [] == host.held()


def test_the_url_names_folder_and_image(tmp_path: Path) -> None:
    """What else stands in it is refused; a lab without any image is, too."""
    made = open_labs(f"podman://{tmp_path}/labs?image=python:3.12")
    assert isinstance(made, Podman)
    for url in (f"podman://{tmp_path}?iamge=x", f"bwrap://{tmp_path}?image=x", "podman://here/folder"):
        with pytest.raises(LabRefused, match="bwrap:///folder or podman:///folder"):
            open_labs(url)
    with pytest.raises(LabRefused, match="base_image"):
        open_labs(f"podman://{tmp_path}/labs").create(LabOrder("lab-a"))


def _said(*arguments: str) -> str:
    done = podman(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _command_lines() -> list[bytes]:
    """What this host's list of processes shows of all others."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            lines.append((process / "cmdline").read_bytes() if process.name != str(os.getpid()) else b"")
    return lines
