"""kill -9 of whoever sends, at each step, and many who post and send at once: at most one mail for each key."""

from __future__ import annotations

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import transaction
from bellwork.db.letters import NewLetter, post_letters
from tests.faults import failpoints
from tests.faults.ground import PATIENCE, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.tasks.mail.office import STALL, Office, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Where the process dies, how many mails have come then, and what is known of the letter.
KILLS = {
    "after_letter_claimed": (0, "pending"),
    "after_letter_marked": (0, "unknown"),
    "after_letter_offered": (1, "unknown"),
    "before_commit": (1, "sent"),
    "after_commit": (1, "sent"),
}
#: Of five letters of one claim, what is known of each where their sender dies at the third, and how many mails come.
AMID = {
    "after_letter_marked": (["sent", "sent", "unknown", "sent", "sent"], [1, 1, 0, 1, 1]),
    "after_letter_offered": (["sent", "sent", "unknown", "sent", "sent"], [1, 1, 1, 1, 1]),
}


_SENDER = """
SELECT w.pid FROM bellwork.letters l JOIN bellwork.jobs j ON j.id = l.job_id
JOIN bellwork.workers w ON w.id = j.worker_id WHERE l.key = :key
"""


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    """A real mail server."""
    with opened() as office:
        office.is_pipelined = True
        yield office


@pytest.fixture(scope="module")
def cluster(ground: Path, office: Office) -> Iterator[Cluster]:
    """Two masters and a scheduler that send to it."""
    settings = {"SMTP_URL": office.url, "MAIL_FROM": "mail@school.example", "LEASE": "2", "BEAT": "0.5"}
    systems = "writer=tests.tasks.mail.writer"
    with Cluster(ground, systems=systems, modules="", processes=1, scheduler=True, settings=settings) as cluster:
        yield cluster


def posted(*keys: str) -> int:
    """Post letters as a system does, and have them looked for; returns how many are new."""
    letters = [
        NewLetter(key=key, system="writer", kind="note", to="ada@school.example", subject=key, text="Hello\n")
        for key in keys
    ]
    with transaction() as conn:
        new = post_letters(conn, letters)
    look()
    return sum(each is not None for each in new)


def look() -> None:
    """Have letters looked for, as each minute does."""
    rows("SELECT bellwork.enqueue('mail.wake')")


def state(key: str) -> str:
    """Return how a letter stands."""
    [found] = rows("SELECT state FROM bellwork.letters WHERE key = :key", key=key)
    return str(found.state)


def settled(key: str) -> bool:
    """Tell whether it is known what became of a letter; each time it is asked, somebody looks again."""
    look()
    return state(key) not in {"pending", "sending"}


def mails(office: Office) -> Counter[str]:
    """Count the mails that came, by subject, which is the key."""
    return Counter(str(message["Subject"]) for message in office.messages)


@pytest.mark.parametrize("point", KILLS)
def test_m4_a_killed_sender_leaves_one_mail_at_most(point: str, cluster: Cluster, office: Office, ground: Path) -> None:
    """Killed before the letter is begun it goes later; then it is `unknown` and never sent again; others go on."""
    eventually(cluster.is_up, 2 * PATIENCE)
    came, known = KILLS[point]
    key, other = f"writer.kill:{point}", f"writer.other:{point}"
    failpoints.order(ground, point, "kill9", "mail.send" if "commit" in point else key)
    posted(key)
    eventually(lambda: failpoints.taken(ground, point), PATIENCE)
    posted(key, other)
    eventually(lambda: settled(key) and settled(other), PATIENCE)
    look()

    assert came + (known == "pending") == mails(office)[key]
    assert ("sent" if known == "pending" else known, "sent") == (state(key), state(other))
    assert 0 == posted(key)


@pytest.mark.parametrize("point", AMID)
def test_m4_a_sender_that_is_killed_amid_many_leaves_one_unknown(
    point: str, cluster: Cluster, office: Office, ground: Path
) -> None:
    """Five letters of one claim: those before are known to be sent, those after were not begun and go once."""
    eventually(cluster.is_up, 2 * PATIENCE)
    keys = [f"writer.amid:{point}:{number}" for number in range(5)]
    failpoints.order(ground, point, "kill9", keys[2])
    posted(*keys)
    eventually(lambda: failpoints.taken(ground, point), PATIENCE)
    eventually(lambda: all(settled(key) for key in keys), PATIENCE)
    look()

    assert AMID[point] == ([state(key) for key in keys], [mails(office)[key] for key in keys])


def test_m4_marks_that_are_lost_make_all_unknown(cluster: Cluster, office: Office, ground: Path) -> None:
    """PostgreSQL empties the marks when it recovers from a crash: nobody can say then that a letter was not begun.

    Whoever was frozen and comes back says what it knows, and begins none of the others.
    """
    eventually(cluster.is_up, 2 * PATIENCE)
    keys = [f"writer.lost:{number}" for number in range(3)]
    failpoints.order(ground, "after_letter_offered", "stop", keys[0])
    posted(*keys)
    eventually(lambda: failpoints.taken(ground, "after_letter_offered"), PATIENCE)
    [(frozen,)] = rows(_SENDER, key=keys[0])
    rows("DELETE FROM bellwork.mail_runs")
    eventually(lambda: all(settled(key) for key in keys), PATIENCE)
    known = {state(key) for key in keys}
    os.kill(frozen, signal.SIGCONT)
    eventually(lambda: state(keys[0]) == "sent", PATIENCE)
    os.kill(frozen, signal.SIGKILL)

    assert {"unknown"} == known
    assert (["sent", "unknown", "unknown"], [1, 0, 0]) == (
        [state(key) for key in keys],
        [mails(office)[key] for key in keys],
    )


def test_m4_a_sender_that_is_killed_while_the_server_is_silent_sends_nothing_twice(
    cluster: Cluster, office: Office
) -> None:
    """The server has the letter whole and says nothing; whoever waited for it dies."""
    eventually(cluster.is_up, 2 * PATIENCE)
    office.order("END", STALL)
    posted("writer.stall:1")
    eventually(lambda: mails(office)["writer.stall:1"], PATIENCE)
    for each in cluster.masters:
        each.process.kill()
    office.orders.clear()
    eventually(cluster.is_up, 2 * PATIENCE)
    eventually(lambda: settled("writer.stall:1"), PATIENCE)

    assert (1, "unknown") == (mails(office)["writer.stall:1"], state("writer.stall:1"))


def test_m6_many_who_post_and_send_at_once_send_each_letter_once(cluster: Cluster, office: Office) -> None:
    """Eight threads post the same sixty letters while several connections send: sixty mails."""
    eventually(cluster.is_up, 2 * PATIENCE)
    keys = [f"writer.crowd:{number}" for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(lambda turn: posted(*keys[turn:], *keys[:turn]), range(0, 48, 6)))
    eventually(lambda: all(mails(office)[key] for key in keys), PATIENCE)
    eventually(lambda: all(settled(key) for key in keys[:3]), PATIENCE)

    assert 60 == sum(new)
    assert {1} == {count for key, count in mails(office).items() if key.startswith("writer.crowd")}
    assert {"sent"} == {each.state for each in rows("SELECT state FROM bellwork.letters WHERE key LIKE '%crowd%'")}
