"""The embedded stack works, keeps what it should, and leaves no process behind whoever is killed."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import psutil
import psycopg
import pytest
from redis import Redis

from bellwork.ops import embedded
from bellwork.ops.embedded import account, binaries, reachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Addresses, Stack

ROOT = Path(embedded.__file__).parents[3]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands PostgreSQL to another user")
PARENT = """
import json, os, signal, sys
from dataclasses import asdict
from pathlib import Path
from bellwork.ops import embedded
stack = embedded.start(Path(sys.argv[1]), durable=False)
heir = os.fork() if sys.argv[2] == "with-heir" else 0
if heir == 0 and sys.argv[2] == "with-heir":
    signal.pause()
print(json.dumps(asdict(stack.addresses) | {"heir": heir}), flush=True)
signal.pause()
"""


@contextmanager
def open_directory() -> Iterator[Path]:
    """Make a place that every user can reach; pytest's own lie under a 0700 directory."""
    parent = Path(tempfile.mkdtemp(prefix="embedded-"))
    parent.chmod(0o711)
    try:
        yield parent / "state"
    finally:
        shutil.rmtree(parent)


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A state directory for one test, not made yet."""
    with open_directory() as path:
        yield path


@pytest.fixture(scope="module")
def shared_dir() -> Iterator[Path]:
    """The state directory of the shared stack."""
    with open_directory() as path:
        yield path


@pytest.fixture(scope="module")
def shared(shared_dir: Path) -> Iterator[Stack]:
    """A running stack for tests that leave it running."""
    with embedded.start(shared_dir, durable=False) as stack:
        yield stack


def processes(addresses: Addresses | Stack) -> list[psutil.Process]:
    """Return the supervisor, PostgreSQL and Valkey, in this order."""
    pids = (addresses.supervisor_pid, addresses.postgres_pid, addresses.redis_pid)
    return [psutil.Process(pid) for pid in pids if pid]


def survivors(group: list[psutil.Process]) -> list[psutil.Process]:
    """Wait for all of them to end, and return those that have not."""
    _, alive = psutil.wait_procs(group, timeout=60)
    return list(alive)


def query(stack: Stack, statement: str) -> list[tuple[object, ...]]:
    """Run one statement in a session of its own."""
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@contextmanager
def redis(stack: Stack) -> Iterator[Redis]:
    """Connect to Valkey for the length of the block."""
    with Redis.from_url(stack.redis_url, decode_responses=True) as client:
        yield client


@contextmanager
def parent_process(state_dir: Path, kind: str) -> Iterator[tuple[subprocess.Popen[str], Addresses, int]]:
    """A process of its own that starts a stack, and perhaps forks an heir that keeps all its pipes open."""
    command = [sys.executable, "-c", PARENT, str(state_dir), kind]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        facts = json.loads(parent.stdout.readline())
        heir = facts.pop("heir")
        try:
            yield parent, embedded.Addresses(**facts), heir
        finally:
            parent.kill()
            if heir:
                os.kill(heir, signal.SIGKILL)


def test_a_started_stack_accepts_connections_at_both_addresses(state_dir: Path) -> None:
    """When start() returns, the database `bellwork` exists and Valkey answers from the process it named."""
    with embedded.start(state_dir) as stack, redis(stack) as client:
        assert [("bellwork", "UTC", "on")] == query(
            stack, "SELECT current_database(), current_setting('TimeZone'), current_setting('fsync')"
        )
        server = client.info("server")
        config = client.config_get("maxmemory-policy", "appendonly")

    assert stack.redis_pid == server["process_id"]
    assert {"maxmemory-policy": "noeviction", "appendonly": "yes"} == config


def test_nothing_listens_on_a_network(shared: Stack) -> None:
    """Both servers are reached by unix sockets in a 0700 directory and by nothing else."""
    listening = [
        connection
        for process in processes(shared)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]

    assert [] == listening
    assert shared.socket_dir.stat().st_mode & 0o777 == 0o700


def test_stop_leaves_no_process_no_socket_and_no_record(state_dir: Path) -> None:
    """After stop(), which may be repeated, only data and logs are left, and an order is refused."""
    stack = embedded.start(state_dir)
    group = processes(stack)
    stack.stop()
    stack.stop()

    assert [] == survivors(group)
    assert not stack.socket_dir.exists()
    assert ["postgres", "postgres.log", "servers.lock", "supervisor.lock", "valkey", "valkey.log"] == sorted(
        path.name for path in state_dir.iterdir()
    )
    with pytest.raises(embedded.EmbeddedError, match="cannot stop_redis: it has been stopped"):
        stack.stop_redis()


def test_a_restart_keeps_the_data(state_dir: Path) -> None:
    """What was written to a durable stack is there when the stack starts again, in both servers."""
    with embedded.start(state_dir) as stack, redis(stack) as client:
        query(stack, "CREATE TABLE kept AS SELECT 42 AS answer")
        client.set("kept", "yes")
    with embedded.start(state_dir) as stack, redis(stack) as client:
        rows, value = query(stack, "SELECT answer FROM kept"), client.get("kept")

    assert [(42,)] == rows
    assert value == "yes"


def test_a_stack_that_is_not_durable_leaves_no_data(state_dir: Path) -> None:
    """Its data lie beside its sockets and go with them."""
    with embedded.start(state_dir, durable=False) as stack:
        assert [("off",)] == query(stack, "SHOW fsync")
        data = stack.data_dir

    assert not data.exists()
    assert not (state_dir / "postgres").exists()


@pytest.mark.parametrize("kind", ["alone", "with-heir"])
def test_kill_of_the_parent_leaves_no_server(state_dir: Path, kind: str) -> None:
    """A kill -9 of the process that started the stack ends it, even when a forked child holds its pipes open."""
    with parent_process(state_dir, kind) as (parent, addresses, _):
        group = processes(addresses)
        parent.kill()
        parent.wait()

        assert [] == survivors(group)
        assert not (state_dir / "stack.json").exists()
        assert not Path(addresses.socket_dir).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals a process when its parent dies")
def test_kill_of_the_supervisor_leaves_no_server(state_dir: Path) -> None:
    """A kill -9 of the supervisor ends both servers; the next start cleans up and finds the data."""
    stack = embedded.start(state_dir)
    query(stack, "CREATE TABLE kept AS SELECT 42 AS answer")
    group = processes(stack)
    group[0].kill()

    assert [] == survivors(group[:1])
    assert embedded.running(state_dir) is None
    with embedded.start(state_dir) as second:
        assert [] == survivors(group[1:])
        assert not stack.socket_dir.exists()
        assert [(42,)] == query(second, "SELECT answer FROM kept")
    with pytest.raises(embedded.EmbeddedError, match="gone"):
        stack.stop_redis()
    stack.stop()


@pytest.mark.parametrize("named", ["elsewhere", "a link", "another name"])
def test_a_lock_file_removes_nothing_but_a_socket_directory(state_dir: Path, tmp_path: Path, named: str) -> None:
    """Whoever could write to the state directory may have named anything in it: only what we make ourselves goes."""
    victim = tmp_path / "bellwork-victim"
    victim.mkdir()
    (victim / "kept").touch()
    link = Path(tempfile.mkdtemp(prefix="bellwork-")) if named == "a link" else None
    if link:
        link.rmdir()
        link.symlink_to(victim)
    other = Path(tempfile.mkdtemp(prefix="other-"))
    state_dir.mkdir(mode=0o711)
    (state_dir / "servers.lock").write_text(f"{link or (other if named == 'another name' else victim)}\n")

    embedded.start(state_dir, durable=False).stop()

    assert (victim / "kept").exists()
    assert other.exists()
    other.rmdir()
    if link:
        link.unlink()


def test_a_state_directory_that_others_may_write_to_is_refused(state_dir: Path) -> None:
    """Neither started on nor asked for a running stack; the line says what to do."""
    state_dir.mkdir()
    state_dir.chmod(0o777)

    for use in (embedded.start, embedded.running):
        with pytest.raises(embedded.EmbeddedError, match="can be written to by others"):
            use(state_dir)


@as_root
@pytest.mark.parametrize("role", ["bellwork", "postgres"])
def test_the_user_who_runs_postgresql_is_not_let_in(shared: Stack, role: str) -> None:
    """Every service without a user of its own runs as `nobody`; it reaches the socket, but is no user of the server."""
    asked = subprocess.run(
        [shared.bindir / "psql", "--host", shared.socket_dir, "--port", "5432", "-U", role, "-c", "", "bellwork"],
        user="nobody", group=pwd.getpwnam("nobody").pw_gid, extra_groups=[], cwd="/",
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert "Peer authentication failed" in asked.stderr


def test_the_servers_log_holds_no_value_of_a_row(shared: Stack, shared_dir: Path) -> None:
    """What was refused is said, with its rule; which row it was, and by which statement, is not."""
    for _ in range(2):
        with suppress(psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
            query(shared, "CREATE TABLE pupils (name text CONSTRAINT one_pupil UNIQUE)")
    for _ in range(2):
        with suppress(psycopg.errors.UniqueViolation):
            query(shared, "INSERT INTO pupils VALUES ('Zebedee Quillfeather')")
    said = (shared_dir / "postgres.log").read_text()

    assert 'violates unique constraint "one_pupil"' in said
    assert "Quillfeather" not in said


def test_a_second_start_on_the_same_directory_is_refused(shared: Stack, shared_dir: Path) -> None:
    """One state directory has one stack; the refusal names the directory and the process that holds it."""
    with pytest.raises(embedded.EmbeddedError) as refusal:
        embedded.start(shared_dir, durable=False)

    assert repr(str(shared_dir)) in str(refusal.value)
    assert f"supervisor process {shared.supervisor_pid}, started by process {os.getpid()}" in str(refusal.value)
    assert [(1,)] == query(shared, "SELECT 1")


def test_other_terminals_find_a_running_stack(shared: Stack, shared_dir: Path, state_dir: Path) -> None:
    """running() returns what stack.json says, which is private, and nothing where no stack was ever started."""
    assert shared.addresses == embedded.running(shared_dir)
    assert (shared_dir / "stack.json").stat().st_mode & 0o777 == 0o600
    assert embedded.running(state_dir) is None


def test_a_relative_state_directory_is_where_the_caller_stands(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative directory means the caller's, not that of a process with another working directory."""
    state_dir.mkdir()
    monkeypatch.chdir(state_dir)
    with embedded.start(Path("below/here"), durable=False):
        assert (state_dir / "below" / "here" / "stack.json").exists()


def test_redis_stops_and_starts_alone(shared: Stack) -> None:
    """Valkey can be taken away and brought back, at the same address, while PostgreSQL goes on."""
    first = shared.redis_pid
    shared.stop_redis()
    gone, still = shared.redis_pid, query(shared, "SELECT 1")
    shared.start_redis()
    with redis(shared) as client:
        answer = client.ping()

    assert gone is None
    assert [(1,)] == still
    assert answer is True
    assert first != shared.redis_pid


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_postgres_restarts_with_what_was_committed(
    shared: Stack, shared_dir: Path, mode: Literal["fast", "immediate"]
) -> None:
    """A restart in either mode keeps what was committed, at the same address, under a new process."""
    query(shared, f"CREATE TABLE kept_{mode} AS SELECT 42 AS answer")
    first = shared.postgres_pid
    shared.restart_postgres(mode)

    assert [(42,)] == query(shared, f"TABLE kept_{mode}")
    assert first != shared.postgres_pid
    assert shared.addresses == embedded.running(shared_dir)


def test_a_state_directory_that_cannot_be_made_is_named(state_dir: Path) -> None:
    """Where the state directory is a file, start() says which, and leaves no process."""
    state_dir.write_text("in the way")

    with pytest.raises(embedded.EmbeddedError, match=f"{state_dir}.*File exists"):
        embedded.start(state_dir)


def test_a_server_that_will_not_start_is_quoted(state_dir: Path) -> None:
    """When PostgreSQL refuses its data, start() quotes its log."""
    with embedded.start(state_dir) as stack:
        data = stack.data_dir
    (data / "PG_VERSION").write_text("9.4\n")

    with pytest.raises(embedded.EmbeddedError, match="database files are incompatible with server"):
        embedded.start(state_dir)


def test_a_user_without_a_passwd_entry_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL refuses a user id that has no name; we say so before it does."""
    monkeypatch.setattr(os, "geteuid", lambda: 54_321)

    with pytest.raises(embedded.EmbeddedError, match="user id 54321 has no entry in /etc/passwd"):
        account.postgres_account()


@as_root
def test_root_starts_a_stack_under_a_private_directory(state_dir: Path) -> None:
    """Under a 0700 directory PostgreSQL runs as nobody with its data elsewhere, and no mode is changed."""
    state_dir.mkdir(mode=0o700)
    below = state_dir / "below"
    with embedded.start(below) as stack:
        query(stack, "CREATE TABLE kept AS SELECT 42 AS answer")
        first, user = stack.data_dir, psutil.Process(stack.postgres_pid).username()
    with embedded.start(below) as stack:
        rows, second = query(stack, "SELECT answer FROM kept"), stack.data_dir
    shutil.rmtree(first.parent)

    assert user == "nobody"
    assert first.parent.parent in reachable.BASES
    assert first == second == (below / "postgres").resolve()
    assert [(42,)] == rows
    assert state_dir.stat().st_mode & 0o777 == 0o700


@as_root
def test_root_copies_programs_that_nobody_cannot_reach(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs installed under a 0700 directory are copied once, readable by all, and run as nobody."""
    hidden = state_dir / "hidden"
    tree = binaries.postgres_tree()
    for part in (f"{tree.parent.name}/{tree.name}", f"{tree.parent.name}.libs"):
        shutil.copytree(tree.parent.parent / part, hidden / part)
    hidden.chmod(0o700)
    monkeypatch.setattr(reachable, "BASES", (state_dir / "base",))
    nobody, probe = account.postgres_account(), "share/postgresql/postgres.bki"

    copy = reachable.programs(hidden / tree.parent.name / tree.name, probe, nobody)
    again = reachable.programs(hidden / tree.parent.name / tree.name, probe, nobody)
    told = subprocess.run([copy / "bin/psql", "--version"], check=True, capture_output=True, user=nobody.uid, cwd="/")

    assert nobody.uid == pwd.getpwnam("nobody").pw_uid
    assert copy == again
    assert copy.is_relative_to(state_dir / "base")
    assert nobody.reads(copy / probe)
    assert b"PostgreSQL" in told.stdout
    assert ["postgresql-"] == [path.name[:11] for path in (state_dir / "base").iterdir()]
