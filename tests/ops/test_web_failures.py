"""Failures by what jobs failed of, and letters of which nobody knows: shown, and decided about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.queries.failures import failures
from tests.ops.desk import ask
from tests.ops.test_web_jobs import EVIL, Person, ann, dead, enqueue, states  # noqa: F401 - a fixture among them

if TYPE_CHECKING:
    from bellwork.db.queries.failures import Failure

pytestmark = pytest.mark.usefixtures("database")

#: A traceback, as the ledger keeps it.
TRACE = """Traceback (most recent call last):
  File "/srv/work.py", line {line}, in run
    step()
  File "/srv/{file}.py", line {line}, in {name}
    raise error
"""
_ERRORS = """
UPDATE bellwork.finished_jobs SET errors = jsonb_build_array(
    jsonb_build_object('attempt', 1, 'error', 'OSError: an older one'),
    jsonb_build_object('attempt', 2, 'error', CAST(:error AS text), 'traceback', CAST(:trace AS text)))
WHERE id = ANY(:ids)
"""
_RETRIED = """
UPDATE bellwork.jobs SET retries = 1, errors = jsonb_build_array(
    jsonb_build_object('attempt', 1, 'error', CAST(:error AS text), 'traceback', CAST(:trace AS text)))
WHERE id = ANY(:ids)
"""
_LETTER = """
INSERT INTO bellwork.letters (key, system, kind, state, reason, recipient, domain, settled_at)
VALUES (:key, 'writer', 'note', :state, 'the line was cut', 'zebedee@nightjar.example', 'nightjar.example', now())
RETURNING id
"""
_STOPPED = """
INSERT INTO bellwork.suppressed_addresses (address_hash, list, why, domain)
VALUES (repeat('ab', 32), :list, 'bounced', 'nightjar.example')
"""


def failed(count: int, error: str, place: str = "steps", line: int = 1, *, retried: bool = False) -> list[int]:
    """Let jobs end with an error that was raised at a place, or wait for another try."""
    ids = enqueue(count) if retried else dead(count)
    trace = TRACE.format(file=place, line=line, name=f"do_{place}")
    with transaction() as conn:
        conn.execute(text(_RETRIED if retried else _ERRORS), {"ids": ids, "error": error, "trace": trace})
    return ids


def groups() -> list[Failure]:
    """Return the groups."""
    with transaction() as conn:
        return failures(conn)


def test_jobs_that_failed_alike_are_one_group() -> None:
    """The same exception at the same place, whatever its words and its line; another place is another group."""
    failed(2, "KeyError: 'ada'", line=7)
    failed(1, "KeyError: 'bob'", line=9)
    failed(2, "KeyError: 'cleo'", retried=True)
    failed(1, "KeyError: 'ada'", "other")
    failed(1, "TimeoutError: too late")
    found = {(group.exception, group.function): (group.dead, group.retrying) for group in groups()}

    assert {
        ("KeyError", "do_steps"): (3, 2),
        ("KeyError", "do_other"): (1, 0),
        ("TimeoutError", "do_steps"): (1, 0),
    } == found


def test_errors_of_every_kind_have_a_group() -> None:
    """Without a traceback, without an error, with one that is no object: nothing breaks the page."""
    ids = dead(3)
    with transaction() as conn:
        for id_, errors in zip(ids, ("[]", '["no object"]', '[{"error": "X"}]'), strict=True):
            conn.execute(
                text("UPDATE bellwork.finished_jobs SET errors = CAST(:e AS jsonb) WHERE id = :id"),
                {"e": errors, "id": id_},
            )

    person = Person("vera")

    assert 3 == sum(group.dead for group in groups())
    assert f"/jobs/{ids[2]}" in person.page("/failures")
    assert all(f"Job {id_}" in person.page(f"/jobs/{id_}") for id_ in ids)


def test_a_group_leads_to_its_replay(ann: Person) -> None:  # noqa: F811 - the fixture
    """With a button for whoever may act, and none where nothing of it is dead; its words are no code."""
    failed(12, f"KeyError: {EVIL}")
    failed(1, "OSError: away", retried=True)
    page = ann.page("/failures")

    assert EVIL not in page
    assert all(word in page for word in ("12 dead", "do_steps", "1 retrying", "new</span>"))
    assert 1 == page.count("/act/failures/replay?of=")
    assert "/act/failures/replay" not in Person("vera").page("/failures")


def letter(state: str = "unknown") -> int:
    """Post a letter that ended so."""
    with transaction() as conn:
        return int(conn.execute(text(_LETTER), {"key": f"writer.note:{state}", "state": state}).scalar_one())


def test_letters_are_shown_without_their_readers(ann: Person) -> None:  # noqa: F811
    """Those of which nobody knows first; their domain is told, and no address."""
    letter()
    letter("refused")
    with transaction() as conn:
        conn.execute(text(_STOPPED), {"list": ""})
    pages = [ann.page(path) for path in ("/mail", "/mail?state=any", "/mail?state=refused", "/mail?state=x")]

    assert [1, 2, 1, 1] == [page.count("writer.note:") for page in pages]
    assert all("nightjar.example" in page and "zebedee" not in page for page in pages)
    assert "abababababab" in pages[0]


def test_an_unknown_letter_is_decided_about(ann: Person) -> None:  # noqa: F811
    """Sent again or believed, as by command; what is settled stays as it is."""
    one, other = letter(), letter("refused")

    assert (200, True) == ((answer := ann.act(f"/act/letters/believe?letter={one}"))[0], "counts as sent" in answer[1])
    assert 409 == ann.client.get(f"/act/letters/resend?letter={one}").status_code
    assert 200 == ann.act(f"/act/letters/resend?letter={other}")[0]
    assert 409 == ann.client.get("/act/letters/believe?letter=999").status_code
    acts = json.loads(ask("acts", "--json").out)["acts"]
    assert [("letters resend", "ann"), ("letters believe", "ann")] == [(act["what"], act["who"]) for act in acts]


def test_an_address_gets_letters_again_where_an_admin_says_so(ann: Person) -> None:  # noqa: F811
    """Of the list that was meant, and no other."""
    with transaction() as conn:
        conn.execute(text(_STOPPED), [{"list": ""}, {"list": "writer.note"}])
    path = "/act/letters/lift?address=abababababab&list=writer.note"

    assert 403 == ann.client.get(path).status_code
    assert 200 == Person("root").act(path)[0]
    assert [""] == [each["list"] for each in json.loads(ask("letters", "stopped", "--json").out)["addresses"]]
    assert 409 == Person("root").client.get(path).status_code
