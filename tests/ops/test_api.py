"""The JSON API: what a token of the role api may do, that it is checked, and that answers are as the document says."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.testclient import TestClient

from bellwork.db import ledger
from bellwork.db.accounts import Token, roles_of, tokens_of
from bellwork.db.engine import transaction
from bellwork.ops.web import dashboard
from bellwork.ops.web.access import Doors
from bellwork.ops.web.api import models
from bellwork.ops.web.api.callers import Callers
from bellwork.ops.web.api.document import document
from bellwork.ops.web.api.problems import Refused
from tests.conftest import _fresh
from tests.db.ledger import hands, ledger_jobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack

LMS, VERA = Token("lms", "api", "l" * 32), Token("vera", "admin", "v" * 32)
JOBS, JOB = "/api/jobs", {"actor": "t.api", "args": {"essay": "e1"}}


@pytest.fixture(scope="module")
def module_database(stack: Stack, template: str) -> Iterator[str]:
    """A migrated database for the module, with an actor for everyone, and one that is internal."""
    for url in _fresh(stack, template):
        with transaction() as conn:
            rows = [("t.api", "everyone"), ("t.inner", "internal")]
            columns = {"queue": "default", "priority": 3, "lane": "long"}
            ledger.register_actors(conn, [{"name": name, "callers": callers, **columns} for name, callers in rows])
        yield url


@pytest.fixture
def lms(module_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A caller with a token, and no jobs."""
    del module_database
    monkeypatch.setenv("BELLWORK_API_RATE", "10000")
    hands.run("DELETE FROM bellwork.jobs; DELETE FROM bellwork.finished_jobs")
    with caller(LMS.token) as client:
        yield client


def caller(token: str) -> TestClient:
    """Somebody who shows a token."""
    app = dashboard(["here"], Doors((LMS, VERA), open_to=frozenset({"here"})))
    return TestClient(app, base_url="http://here", headers={"authorization": f"Bearer {token}"} if token else {})


def problem(answer: Any) -> tuple[int, str]:
    """Return the status and what is said; it is a problem document, and says the status, too."""
    assert "application/problem+json" == answer.headers["content-type"]
    found = models.Problem.model_validate(answer.json())
    assert found.status == answer.status_code
    return answer.status_code, found.detail


def test_a_job_is_enqueued_looked_up_and_cancelled(lms: TestClient) -> None:
    """As bellwork_api: on the actor's queue, by the login; nothing tells what it was given."""
    new = lms.post(JOBS, json=JOB)
    job = new.json()["id"]
    seen, expected = lms.get(new.headers["location"]), lms.get(f"{JOBS}/{job}/eta")
    answers = [lms.delete(f"{JOBS}/{job}"), lms.delete(f"{JOBS}/{job}")]

    assert (201, {"id": job, "is_new": True}) == (new.status_code, new.json())
    assert ("t.api", "default", "available", 0) == tuple(
        seen.json()[name] for name in ("actor", "queue", "state", "attempt")
    )
    assert "args" not in seen.json()
    assert ("available", 0, "no worker", None) == tuple(
        expected.json()[name] for name in ("state", "ahead", "why", "about")
    )
    assert {"id": job, "cancelled": True} == answers[0].json()
    assert (409, "the job is cancelled already") == problem(answers[1])
    assert "cancelled over the API by lms" == ledger_jobs.show(job)["reason"]
    assert hands.ask("SELECT enqueued_by = session_user FROM bellwork.finished_jobs")


def test_a_request_with_a_unique_key_may_be_repeated(lms: TestClient) -> None:
    """The second is told of the first one's job: 200, not 201."""
    answers = [lms.post(JOBS, json={**JOB, "unique_key": "essay e1"}) for _ in range(2)]

    assert [(201, True), (200, False)] == [(each.status_code, each.json()["is_new"]) for each in answers]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert answers[0].headers["location"] == answers[1].headers["location"]


def test_what_others_enqueued_is_not_there(lms: TestClient) -> None:
    """Neither for those who look nor for those who cancel; nor is what no id is."""
    [foreign] = ledger_jobs.put()
    for job in (foreign, 10**6, 0, 2**63, "x", "1e3", "-1"):
        for answer in (lms.get(f"{JOBS}/{job}"), lms.get(f"{JOBS}/{job}/eta"), lms.delete(f"{JOBS}/{job}")):
            assert (404, "there is no such job, or it was not enqueued here") == problem(answer)
    assert [foreign] == [*ledger_jobs.states()]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({**JOB, "queue": "another"}, "the queue is not that of the actor"),
        ({**JOB, "args": {"text": "x" * 70_000}}, "args takes more than 64 KiB"),
        ({**JOB, "args": {"text": "\0"}}, "takes no such arguments"),
        ({**JOB, "unique_key": "entry:a"}, "this unique_key is not taken"),
        ({**JOB, "unique_key": "é" * 150}, "this unique_key is not taken"),
        ({**JOB, "run_at": "2500-01-01T00:00:00Z"}, "this run_at is not taken"),
        ({**JOB, "delay": 1, "run_at": "2100-01-01T00:00:00Z"}, "no such document"),
        ({**JOB, "priority": "1"}, "no such document"),
        ({**JOB, "run_at": "2100-01-01T00:00:00"}, "no such document"),
        ({**JOB, "options": {}}, "no such document"),
        ([], "no such document"),
    ],
)
def test_what_the_ledger_does_not_take_is_said(lms: TestClient, body: Any, said: str) -> None:
    """422 with the reason, and nothing is enqueued."""
    status, detail = problem(lms.post(JOBS, json=body))

    assert (422, True) == (status, said in detail), detail
    assert {} == ledger_jobs.states()


def test_an_actor_that_is_not_for_everybody_is_forbidden(lms: TestClient) -> None:
    """One that is internal, and one that no worker has registered."""
    answers = {actor: problem(lms.post(JOBS, json={"actor": actor})) for actor in ("t.inner", "t.unheard")}

    assert (403, True) == (answers["t.inner"][0], "is internal" in answers["t.inner"][1])
    assert (403, "no worker has ever registered the actor 't.unheard'") == answers["t.unheard"]
    assert {} == ledger_jobs.states()


def test_a_body_is_json_and_not_too_long(lms: TestClient) -> None:
    """By its kind, by its size, and read no further than that."""
    kind = {"content-type": "application/json"}

    assert 415 == problem(lms.post(JOBS, content="{}", headers={"content-type": "text/plain"}))[0]
    assert 413 == problem(lms.post(JOBS, content="x" * 300_000, headers=kind))[0]
    for body in ("", "{", "NaN", "[" * 100_000, '{"actor": "t.api", "args": {"a": NaN}}', b"\xff"):
        assert 422 == problem(lms.post(JOBS, content=body, headers=kind))[0], body
    assert {} == ledger_jobs.states()


def test_a_token_of_the_role_api_is_for_the_api_alone(lms: TestClient) -> None:
    """And a person's token for pages; nobody is let in for being on this machine, or for a cookie."""
    person, nobody = caller(VERA.token), caller("")
    nobody.cookies.set("bellwork_session", "1.2.3.lms")

    assert 401 == lms.get("/schedule").status_code
    assert 403 == lms.post("/sign-in", data={"token": LMS.token}).status_code
    assert (403, True) == (problem(person.post(JOBS, json=JOB))[0], 200 == person.get("/").status_code)
    assert [401, 401] == [problem(each.post(JOBS, json=JOB))[0] for each in (nobody, caller("x" * 32))]
    assert "Bearer" == nobody.post(JOBS, json=JOB).headers["www-authenticate"]
    assert 200 == nobody.get("/api/openapi.json").status_code
    assert [404, 405] == [problem(lms.request("PATCH", path))[0] for path in ("/api/none", JOBS)]
    assert {"GET", "HEAD", "DELETE"} == set(lms.request("PATCH", f"{JOBS}/1").headers["allow"].split(", "))


def test_a_token_has_so_many_requests_a_second() -> None:
    """Twice as many at once, and then one as each has become due again; another token has its own."""
    other, clock = Token("other", "api", "o" * 32), [0.0]
    callers = Callers(Doors((LMS, other)), 2, lambda: clock[0])

    def ask(token: Token) -> Token:
        headers = [(b"authorization", f"Bearer {token.token}".encode())]
        return callers.admit(Request({"type": "http", "headers": headers}))

    assert [LMS] * 4 == [ask(LMS) for _ in range(4)]
    with pytest.raises(Refused) as told:
        ask(LMS)
    assert (429, {"retry-after": "1"}) == (told.value.status, told.value.headers)
    assert other == ask(other)
    clock[0] = 0.5
    assert LMS == ask(LMS)
    with pytest.raises(Refused):
        ask(LMS)


def test_roles_of_tokens_are_named() -> None:
    """A proxy names people, and no one for the API."""
    assert (Token("lms", "api", "l" * 32),) == tokens_of(f"lms=api:{'l' * 32}")
    with pytest.raises(ValueError, match="'lms' is 'api'"):
        roles_of("lms=api")


def test_without_the_rights_of_bellwork_api_nothing_is_done_with_more(
    lms: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with what to grant."""
    monkeypatch.setattr("bellwork.db.as_api.API", "no_such_role")

    assert (503, True) == ((told := problem(lms.post(JOBS, json=JOB)))[0], "GRANT" in told[1])
    assert {} == ledger_jobs.states()


def test_the_document_names_all_addresses(lms: TestClient) -> None:
    """It is OpenAPI 3.1; each of its references leads somewhere."""
    found = lms.get("/api/openapi.json").json()
    refs = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(found)))

    assert ("3.1.0", json.loads(json.dumps(document()))) == (found["openapi"], found)
    assert {JOBS, f"{JOBS}/{{id}}", f"{JOBS}/{{id}}/eta"} == set(found["paths"])
    assert refs <= set(found["components"]["schemas"])


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_PROPERTIES = document()["components"]["schemas"]["NewJob"]["properties"]
_USUAL: dict[str, Any] = {
    "actor": "t.api",
    "args": {"a": 1},
    "queue": "default",
    "priority": 1,
    "delay": 1.5,
    "unique": "waiting",
    "run_at": "2100-01-01T00:00:00Z",
    "unique_key": "k",
}
_BODIES = st.one_of(
    _ANY, st.fixed_dictionaries({}, optional={name: st.just(_USUAL[name]) | _ANY for name in _PROPERTIES})
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(body={}, job="\n")
@given(body=_BODIES, job=st.integers() | st.text(max_size=12).filter(lambda text: text.strip("./")))
def test_whatever_is_sent_is_answered_as_the_document_says(lms: TestClient, body: Any, job: Any) -> None:
    """Each status is one that the operation has, each answer its schema's; none is an error of the server."""
    content = json.dumps(body).encode()
    place = f"{JOBS}/{quote(str(job), safe='', errors='surrogatepass')}"
    sent = lms.post(JOBS, content=content, headers={"content-type": "application/json"})
    _holds("/api/jobs", "post", sent)
    for path, method in (("", "get"), ("/eta", "get"), ("", "delete")):
        _holds(f"/api/jobs/{{id}}{path}", method, lms.request(method, f"{place}{path}"))


def _holds(path: str, method: str, answer: Any) -> None:
    responses = document()["paths"][path][method]["responses"]
    assert answer.status_code < 500
    assert str(answer.status_code) in responses
    [(kind, content)] = responses[str(answer.status_code)]["content"].items()
    model = getattr(models, content["schema"]["$ref"].rpartition("/")[2])
    assert kind == answer.headers["content-type"]
    assert set(answer.json()) <= set(model.model_fields)
    model.model_validate_json(answer.content)
