"""Letters of one claim go one after the other: what becomes of one is no matter of the others, and none comes twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from bellwork.db.engine import single_statements, transaction
from bellwork.db.letters import Holder, find_strays, runs, take_over
from bellwork.db.vocabulary import Send
from bellwork.tasks.letters import NewLetter, post_many
from bellwork.tasks.mail import deliver
from bellwork.workers.testing import drain
from tests.tasks.mail import writer
from tests.tasks.mail.office import HANG_UP
from tests.tasks.mail.waiting import row, sent_later, states, watched
from tests.tasks.mail.writer import a_letter

if TYPE_CHECKING:
    from tests.tasks.mail.office import Office

KEYS = [f"writer.note:{number}" for number in range(4)]
#: What a server says to the second of four letters, and what is known of that one in the end; else `sent`.
ANSWERS = {
    HANG_UP: {"END": "unknown"},
    "421 4.3.2 closing": {},
    "450 4.2.1 busy": {"MAIL": "sent"},
    "550 5.6.0 not this one": dict.fromkeys(("RCPT", "DATA", "END"), "refused"),
    "550 5.1.1 nobody here": dict.fromkeys(("RCPT", "DATA", "END"), "refused"),
}


def posted(*keys: str, **changes: Any) -> None:
    """Post letters by one statement, each to an address of its own."""
    with transaction() as conn:
        letters = [a_letter(key, subject=key, to=f"ada{key[-1]}@school.example", **changes) for key in keys]
        post_many(conn, [NewLetter(**letter) for letter in letters])


@pytest.mark.parametrize(
    ("answer", "command", "is_pipelined"),
    [
        *((answer, command, True) for answer in ANSWERS for command in ("MAIL", "RCPT", "DATA", "END")),
        *(("550 5.1.1 nobody here", command, False) for command in ("RCPT", "DATA", "END")),
    ],
)
def test_what_a_server_says_to_one_letter_concerns_no_other(
    office: Office, answer: str, command: str, is_pipelined: bool
) -> None:
    """Cut, put off or refused at each command, in a row or one by one: the others come once, with their own words."""
    office.is_pipelined = is_pipelined
    office.order(command, answer, after=1)
    posted(*KEYS)
    drain()
    for _ in range(2):
        sent_later()
    known = ANSWERS[answer].get(command, "sent")
    came = Counter((str(message["Subject"]), str(message["To"])) for message in office.messages)
    expected = {(key, f"ada{key[-1]}@school.example"): 1 for key in KEYS if known != "refused" or key != KEYS[1]}

    assert {key: known if key == KEYS[1] else "sent" for key in KEYS} == states()
    assert expected == came
    assert sorted((key, states()[key]) for key in KEYS) == sorted(writer.TOLD)


def test_a_server_that_allows_it_is_told_in_one_go(office: Office) -> None:
    """With PIPELINING the letters take one connection, too."""
    office.is_pipelined = True
    posted(*KEYS)
    drain()

    assert (4, 1) == (len(office.letters), office.connections)


def test_a_letter_that_is_given_to_somebody_else_is_not_begun(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the server is silent for long, another takes what is not begun: whoever held it sends none of that."""
    del office
    postman = watched(monkeypatch)
    monkeypatch.setattr(runs, "SILENCE", -1)
    taken: list[tuple[str, str]] = []

    def silent(letter: Any) -> None:
        postman.letters.append(letter)
        if letter.key == KEYS[1] and not taken:
            with transaction() as conn:
                taken.extend((claimed.key, state) for claimed, state in take_over(conn, ["writer"]))

    monkeypatch.setattr(postman, "send", silent)
    posted(*KEYS)
    drain()

    assert sorted([(KEYS[0], "sent"), (KEYS[2], "pending"), (KEYS[3], "pending")]) == sorted(taken)
    assert KEYS == [letter.key for letter in postman.letters]
    assert {"sent"} == set(states().values())


def test_what_is_claimed_for_long_is_looked_at_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reader may have changed his mind since: it is not begun, and its system is asked anew."""
    asked: list[str] = []

    def check(_conn: object, letter: Any) -> Send:
        asked.append(letter.key)
        if len(asked) > len(KEYS):
            monkeypatch.setattr(deliver, "FRESH", 60.0)
        return Send()

    monkeypatch.setattr(deliver, "FRESH", -1.0)
    writer.says(check)
    posted(*KEYS)
    drain()

    assert [*KEYS, *KEYS] == asked
    assert 4 == len(office.letters)


def test_a_run_without_its_marks_is_unknown(office: Office) -> None:
    """Of an attempt that is over, with marks: what was begun is unknown, the rest waits; without: all is unknown."""
    del office
    posted(*KEYS)
    marked, lost = Holder(-1, 1), Holder(-2, 1)
    with transaction() as conn:
        for holder, keys in ((marked, KEYS[:3]), (lost, KEYS[3:])):
            asked = {"keys": keys, **holder._asdict()}
            conn.execute(text(_SENDING), asked)
            runs.begin_run(conn, holder)
    ids = [row(key)["id"] for key in KEYS]
    with single_statements() as conn:
        assert runs.mark(conn, marked, ids[0], [])
        assert runs.mark(conn, marked, ids[1], [ids[0]])
    with transaction() as conn:
        runs.end_run(conn, lost)
        taken = [state for _, state in sorted(take_over(conn, ["writer"]), key=lambda each: each[0].id)]
        strays = [claimed.key for claimed in find_strays(conn, ["writer"])]
    with single_statements() as conn:
        late = runs.mark(conn, marked, ids[2], [])

    assert (["sent", "unknown", "pending"], KEYS[3:], False) == (taken, strays, late)
    assert ["sent", "unknown", "pending", "unknown"] == [row(key)["state"] for key in KEYS]


_SENDING = """
UPDATE bellwork.letters SET state = 'sending', job_id = :job, attempt = :attempt, claimed_at = now()
WHERE key = ANY(:keys)
"""
