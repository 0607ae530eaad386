"""A lab's life on this host: made once however often it is asked for, gone without a trace, whoever died meanwhile."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.providers.labs import LabError, LabGone, LabOrder, LabRefused, Limits, open_labs, parse_criteria
from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap, find_groups
from bellwork.tasks.providers.labs.bubblewrap.container import Container
from tests.helpers import eventually
from tests.tasks.providers.labs.shells import learner

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = Limits(storage=4 * 2**20, memory=128 * 2**20, pids=40)


def traces(host: Bubblewrap, lab_id: str) -> list[str]:
    """List what this host has of a lab: its folder, its groups, its user ids."""
    root = host._place.root
    groups = [
        str(group)
        for folder in find_groups().folders.values()
        for group in folder.glob(f"{Container(root / 'labs' / lab_id).group}*")
    ]
    ids = [link.name for link in (root / "ids").iterdir() if str(link.readlink()) == lab_id]
    return [*map(str, root.glob(f"labs/{lab_id}")), *groups, *ids]


def pid_of(host: Bubblewrap, lab_id: str) -> int:
    """Return pid 1 of a lab as this host knows it."""
    first = Container(host._place.lab(lab_id)).first()
    assert first
    return first.pid


def test_a_lab_has_its_files_its_setup_and_its_variables(host: Bubblewrap) -> None:
    """What the order says is there when `create` returns."""
    files = {"src/app.py": "print(1)\n", "-rf": "odd names are names", "ü.txt": "ü"}
    host.create(
        LabOrder("lab-a", SMALL, files=files, setup="echo $COLOR >made", environment={"COLOR": "blue and 'red'"})
    )
    with learner(host, "lab-a") as anna:
        assert "blue and 'red'\n" in anna.type("cat made")
        assert "print(1)" in anna.type("cat src/app.py")
        assert "ü" in anna.type("ls ü.txt; cat -- -rf")


def test_a_labs_variables_are_seen_in_the_lab_and_by_nobody_beside_it(host: Bubblewrap) -> None:
    """As many as there are: no command line of its host holds one, which everybody there could read."""
    host.create(LabOrder("lab-a", SMALL, environment={f"V{number}": "hushed" * 1_500 for number in range(20)}))
    with learner(host, "lab-a") as anna:
        assert "9000\n" in anna.type("echo ${#V19}")
        entered = [line for line in map(_read, Path("/proc").glob("[0-9]*/cmdline")) if b"inside.py" in line]
        assert entered
        assert not any(b"hushed" in line for line in entered)
    assert host.judge("lab-a", parse_criteria([{"kind": "command_succeeds", "command": "true"}])).passed


def test_asking_twice_makes_one_lab_also_at_once(host: Bubblewrap) -> None:
    """Eight threads ask for one id: one pid 1, and the second asker finds what the learner has typed since."""
    askers = [threading.Thread(target=host.create, args=(LabOrder("lab-a", SMALL),)) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    pid = pid_of(host, "lab-a")
    with learner(host, "lab-a") as anna:
        anna.type("echo mine >work")
        host.create(LabOrder("lab-a", SMALL))
        assert "mine" in anna.type("cat work")
    assert ["lab-a"] == [each.id for each in host.held()]
    assert pid == pid_of(host, "lab-a")


def test_a_lab_begins_whatever_number_its_files_have(host: Bubblewrap) -> None:
    """Another thread may close file descriptor 3 just then: the file that bwrap tells of the lab in is 3 then."""
    code = f"""
import os
from bellwork.tasks.providers.labs import LabOrder, open_labs
host = open_labs("bwrap://{host._place.root}", "here")
os.closerange(3, 20)
assert 3 == os.open("/dev/null", os.O_RDONLY)
take = host._place.take_id
host._place.take_id = lambda lab: os.close(3) or take(lab)
host.create(LabOrder("lab-a", files={{"app.py": "print(7)"}}))"""
    made = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (0, "") == (made.returncode, made.stderr)
    with learner(host, "lab-a") as anna:
        assert "print(7)" in anna.type("cat app.py")


def test_a_released_lab_leaves_nothing(host: Bubblewrap) -> None:
    """No process, folder, group or user id; releasing once more is as good, and so is what never was."""
    host.create(LabOrder("lab-a", SMALL))
    pid = pid_of(host, "lab-a")
    assert host.release("lab-a")
    assert host.release("lab-a")
    assert host.release("lab-never")
    assert not traces(host, "lab-a")
    assert not Path(f"/proc/{pid}/root").exists()
    assert not host.is_running("lab-a")


def test_a_lab_outlives_the_process_that_made_it(host: Bubblewrap) -> None:
    """Kill -9 of its maker: the lab goes on, any other process may enter and end it."""
    code = f"""
import os, signal
from bellwork.tasks.providers.labs import LabOrder, open_labs
open_labs("bwrap://{host._place.root}", "here").create(LabOrder("lab-a"))
os.kill(os.getpid(), signal.SIGKILL)"""
    assert -signal.SIGKILL == subprocess.run([sys.executable, "-c", code], check=False).returncode
    with learner(host, "lab-a") as anna:
        assert "1000" in anna.type("id -u")
    assert host.release("lab-a")
    assert not traces(host, "lab-a")


def _make(root: Path) -> None:
    os.setsid()
    open_labs(f"bwrap://{root}", "here").create(LabOrder("lab-a", SMALL))


@pytest.mark.parametrize("after_ms", [0, 3, 8, 15, 25, 40])
def test_a_maker_killed_at_any_moment_leaves_a_lab_that_is_seen_and_can_be_ended(
    host: Bubblewrap, after_ms: int
) -> None:
    """Whatever of a lab exists is in `held`; `release` ends all of it, and asking again makes it whole."""
    maker = multiprocessing.get_context("fork").Process(target=_make, args=(host._place.root,))
    maker.start()
    maker.join(after_ms / 1000)
    if maker.pid and maker.is_alive():
        os.kill(maker.pid, signal.SIGKILL)
    maker.join()
    assert not traces(host, "lab-a") or ["lab-a"] == [each.id for each in host.held()]
    host.create(LabOrder("lab-a", SMALL))
    with learner(host, "lab-a") as anna:
        assert "1000" in anna.type("id -u")
    assert host.release("lab-a")
    assert not traces(host, "lab-a")


def test_a_process_that_got_the_number_of_pid_1_is_left_alone(host: Bubblewrap) -> None:
    """A lab is known by its number, its namespace and the tick in which it began; all three have to fit."""
    host.create(LabOrder("lab-a", SMALL))
    folder = host._place.lab("lab-a")
    other = subprocess.Popen(["/bin/sleep", "100"])
    told = json.loads((folder / "info").read_text())
    try:
        for changes, started in (({"child-pid": other.pid}, None), ({}, "1")):
            (folder / "info").write_text(json.dumps(told | changes))
            if started:
                (folder / "started").write_text(started)
            assert not host.is_running("lab-a")
            with pytest.raises(LabGone):
                host.shell("lab-a")
            assert Container(folder).kill()
            assert other.poll() is None
    finally:
        other.kill()
        other.wait()
        (folder / "started").unlink()
        (folder / "info").write_text(json.dumps(told))
    assert host.is_running("lab-a")


def test_a_lab_without_control_groups_dies_with_its_pid_1(host: Bubblewrap, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that it runs is in one pid namespace, in whatever session or background it is."""
    for module in ("adapter", "commands"):
        where = import_module(f"bellwork.tasks.providers.labs.bubblewrap.{module}")
        monkeypatch.setattr(where, "find_groups", lambda: NONE)
    host.create(LabOrder("lab-a", SMALL))
    with learner(host, "lab-a") as anna:
        anna.type("setsid sleep 54321 & disown; kill -9 -1")
        assert host.is_running("lab-a")
    with learner(host, "lab-a") as anna:
        anna.type("setsid sleep 54321 & disown")
        assert "MemoryError" in anna.type('python3 -c "bytearray(600 * 1000 * 1000)"')
    sleeping = [path for path in Path("/proc").glob("[0-9]*/cmdline") if b"54321" in _read(path)]
    assert sleeping
    assert host.release("lab-a")
    eventually(lambda: not any(b"54321" in _read(path) for path in sleeping))


def test_a_home_comes_back_also_where_starter_files_would_be_in_its_way(host: Bubblewrap, tmp_path: Path) -> None:
    """A learner makes a file of a folder, a folder of a file, and locks a file: his next lab begins, as he left it."""
    files = {"src/app.py": "old", "notes": "old", "more.py": "new"}
    host.create(LabOrder("lab-a", SMALL, files=files))
    with learner(host, "lab-a") as anna:
        anna.type("rm -r src notes; echo mine >src; mkdir notes; echo mine >notes/one; echo x >hidden; chmod 0 hidden")
    assert host.save_home("lab-a", tmp_path / "home.tar")
    host.create(LabOrder("lab-b", SMALL, files=files, home=tmp_path / "home.tar"))
    with learner(host, "lab-b") as anna:
        assert "mine\nmine\nnew" in anna.type("cat src notes/one more.py; echo")


def test_a_home_is_kept_and_comes_back(host: Bubblewrap, tmp_path: Path) -> None:
    """What a learner left is in the next lab that is made with it, over the starter files."""
    host.create(LabOrder("lab-a", SMALL, files={"app.py": "old"}))
    with learner(host, "lab-a") as anna:
        anna.type("echo new >app.py; ln -s /etc/passwd link; mkdir -p deep/er; echo x >deep/er/file")
    assert host.save_home("lab-a", tmp_path / "home.tar")
    host.create(LabOrder("lab-b", SMALL, files={"app.py": "old", "more.py": ""}, home=tmp_path / "home.tar"))
    with learner(host, "lab-b") as anna:
        assert "new" in anna.type("cat app.py deep/er/file")
        assert "more.py" in anna.type("ls")
    host.release("lab-a")
    assert not host.save_home("lab-a", tmp_path / "none.tar")


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (LabOrder("lab-a", SMALL, setup="exit 3"), "its setup script failed"),
        (LabOrder("lab-a", SMALL, files={"big": "x" * 5_000_000}), "do not fit its storage"),
    ],
)
def test_a_lab_that_cannot_become_ready_is_removed_and_says_why(host: Bubblewrap, order: LabOrder, said: str) -> None:
    """Nothing of it is left."""
    with pytest.raises(LabError, match=said):
        host.create(order)
    assert not traces(host, "lab-a")


@pytest.mark.parametrize(
    "order",
    [
        LabOrder("../lab"),
        LabOrder("LAB"),
        LabOrder("lab-a", environment={"A B": "x"}),
        LabOrder("lab-a", environment={"A": "x\0"}),
        LabOrder("lab-a", setup="x" * 100_001),
        LabOrder("lab-a", setup="ü" * 70_000),
        LabOrder("lab-a", files={"../x": ""}),
    ],
)
def test_an_order_that_can_never_be_made_is_refused(host: Bubblewrap, order: LabOrder) -> None:
    """By LabRefused, before anything is made."""
    with pytest.raises(LabRefused):
        host.create(order)
    assert not host.held()


def test_only_known_urls_are_opened(nowhere: Callable[[str], object]) -> None:
    """A wrong LABS_URL says what could be used."""
    with pytest.raises(LabRefused, match="bwrap:///folder"):
        nowhere("docker://x")


@pytest.fixture
def nowhere() -> Callable[[str], object]:
    """Open a host of labs by its URL."""
    return open_labs


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


NONE = type(find_groups())(2, {})
