"""Jobs as pages: found, shown, retried and cancelled, by whoever may, for a reason, and as the commands do it."""

from __future__ import annotations

import json
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from bellwork.db import ledger
from bellwork.db.accounts import Token
from bellwork.db.engine import forget, transaction
from bellwork.db.ledger import NewJob
from bellwork.ops.web import dashboard
from bellwork.ops.web.access import Doors
from bellwork.ops.web.acts import ACTS
from tests.db.ledger import hands, ledger_jobs
from tests.db.ledger.test_eta import remember
from tests.db.snapshot.seconds import look
from tests.old_months import MONTH, old_month
from tests.ops.desk import ask
from tests.scheduler.calendars import bring, hourly

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("database")

EVIL = "<script>alert(1)</script>"
TOKENS = tuple(
    Token(name, role, name[0] * 32) for name, role in (("vera", "viewer"), ("ann", "operator"), ("root", "admin"))
)
_FAIL = """
WITH gone AS (DELETE FROM bellwork.jobs WHERE id = ANY(:ids) RETURNING *)
INSERT INTO bellwork.finished_jobs (id, queue, actor, state, reason, priority, run_at, args, options, unique_key,
    attempt, retries, crashes, errors, created_at, claimed_at)
SELECT id, queue, actor, 'dead', :reason, priority, run_at, args, options, unique_key, 2, 1, 0,
    jsonb_build_array(jsonb_build_object(
        'attempt', 1, 'at', now(), 'error', CAST(:reason AS text), 'traceback', CAST(:reason AS text))),
    created_at, run_at FROM gone
"""


def enqueue(count: int = 1, **fields: Any) -> list[int]:
    """Enqueue jobs of an actor that nobody runs; returns their ids."""
    job = {"actor": "t.work", "args": {"number": 7, "name": "Zebedee Quillfeather"}, "queue": "t"} | fields
    with transaction() as conn:
        return [due.id for due in ledger.enqueue(conn, [NewJob(**job) for _ in range(count)])]


def dead(count: int = 1, reason: str = "ValueError: no", **fields: Any) -> list[int]:
    """Enqueue jobs that died at once; returns their ids."""
    ids = enqueue(count, **fields)
    with transaction() as conn:
        conn.execute(text(_FAIL), {"ids": ids, "reason": reason})
    return ids


def states() -> dict[str, int]:
    """Count the jobs by state."""
    with transaction() as conn:
        rows = conn.execute(text("SELECT state::text, count(*) FROM (SELECT state FROM bellwork.jobs UNION ALL"
                                 " SELECT state FROM bellwork.finished_jobs) j GROUP BY 1"))  # fmt: skip
        return {row[0]: row[1] for row in rows}


class Person:
    """Somebody at a browser, who fills in the form that they are shown."""

    def __init__(self, name: str) -> None:
        self.client = TestClient(dashboard(["desk"], Doors(TOKENS)), "http://desk", raise_server_exceptions=False)
        assert 200 == self.client.post("/sign-in", data={"token": name[0] * 32}).status_code

    def page(self, path: str) -> str:
        """Look at a page."""
        answer = self.client.get(path)
        assert 200 == answer.status_code, answer.text
        return str(answer.text)

    def act(self, path: str, **fields: str) -> tuple[int, str]:
        """Look at an act, fill in its form and send it; returns how that was answered."""
        shown = self.client.get(path).text
        hidden = {
            name: shown.split(f'name="{name}" value="')[1].split('"')[0]
            for name in ("form", "seen")
            if f'name="{name}"' in shown
        }
        answer = self.client.post(path, data={**hidden, "reason": "a test", **fields})
        return answer.status_code, answer.text


@pytest.fixture
def ann() -> Iterator[Person]:
    """An operator."""
    person = Person("ann")
    with person.client:
        yield person


def test_jobs_are_found_by_what_they_have_in_common(ann: Person) -> None:
    """By state, actor, queue and text of error together; a number leads to that job, and a page to older ones."""
    [one] = dead(reason="TimeoutError: the model was silent", queue="other")
    many = enqueue(60)

    assert all(f'href="/jobs/{job}"' in ann.page("/jobs") for job in many[-50:])
    assert f"before={many[10]}" in ann.page("/jobs")
    assert f'href="/jobs/{one}"' in ann.page(f"/jobs?before={many[10]}")
    assert f'href="/jobs/{one}"' in ann.page("/jobs?text=MODEL+was&state=dead&queue=other&actor=t.work")
    assert "No job is like that" in ann.page("/jobs?text=model&queue=t")
    assert f"/jobs/{one}" == ann.client.get(f"/jobs?q={one}").url.path


@pytest.mark.parametrize(
    "query",
    [
        "state=x",
        "before=-1",
        "before=1e9",
        "before=99999999999999999999",
        "q=abc",
        "q=%00",
        "queue=%00'--",
        "state=%ff",
    ],
)
def test_an_address_that_was_tampered_with_is_a_page(ann: Person, query: str) -> None:
    """What cannot be meant is left out."""
    assert 200 == ann.client.get(f"/jobs?{query}").status_code


def test_what_takes_longer_than_a_page_waits_says_what_to_choose(ann: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """The statement is ended, and the page tells how to ask for less."""
    monkeypatch.setattr("bellwork.ops.web.asked.PATIENCE", 0.001)
    answer = ann.client.get("/jobs?actor=t.work")

    assert (503, True) == (answer.status_code, "Choose more narrowly" in answer.text)


@pytest.mark.parametrize("number", ["0", "9223372036854775807", "9" * 40, "9" * 5_000, "x"])
def test_a_job_that_is_not_there_is_said_to_be_missing(ann: Person, number: str) -> None:
    """However large its number."""
    assert 404 == ann.client.get(f"/jobs/{number}").status_code


def test_a_job_says_how_it_stands_and_what_came_before(ann: Person) -> None:
    """State, reason, attempts with errors, and what operators did; what may be about a person is masked."""
    [job] = dead(reason=f"ValueError: {EVIL}", args={"name": "Zebedee Quillfeather", "request_id": "req_1"})
    page = ann.page(f"/jobs/{job}")

    assert all(word in page for word in ("it is dead since", "Attempt 1", "ValueError", "req_1", "alert(1)"))
    assert "Zebedee" not in page
    assert EVIL not in page + ann.page("/jobs")


def test_what_an_error_and_a_key_say_of_a_person_is_masked_and_short(ann: Person) -> None:
    """Whoever wrote them, and however much: a hand in SQL, or a release before."""
    [job] = dead(unique_key="letter:zebedee@school.example")
    told = {"attempt": 1, "error": "E: of zebedee@school.example", "traceback": "zebedee@school.example\n" * 200_000}
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.finished_jobs SET errors = CAST(:e AS jsonb)"), {"e": json.dumps([told])})
    page = ann.page(f"/jobs/{job}")

    assert "school.example" in page
    assert "zebedee" not in page
    assert len(page) < 50_000


def test_dead_jobs_are_retried_and_the_act_is_kept(ann: Person) -> None:
    """One by its page, all by a filter; who and why stand among the actions, and there it is undone."""
    ids = dead(3)
    code, said = ann.act("/act/jobs/retry?state=dead&queue=t")
    actions = ann.page("/actions")

    assert (200, True) == (code, "3 jobs retried" in said)
    assert {"available": 3} == states()
    assert all(word in actions for word in ("jobs retry", "a test", "ann", f"/act/jobs/cancel?id={ids[0]}"))
    assert "a test" in ann.page(f"/jobs/{ids[1]}")

    assert 200 == ann.act(f"/act/jobs/cancel?id={ids[0]}&id={ids[1]}")[0]
    assert {"available": 1, "cancelled": 2} == states()


def test_a_page_and_a_command_record_the_same(ann: Person) -> None:
    """The same words for what was done, to what, before and after."""
    by_page, by_command = dead(2)
    ann.act(f"/act/jobs/retry?id={by_page}")
    ask("jobs", "retry", str(by_command), "--reason", "a test", "--by", "ann")
    acts = [
        {
            name: json.dumps(act[name]).replace(str(job), "N")
            for name in ("who", "what", "subject", "why", "before", "after")
        }
        for act, job in zip(json.loads(ask("acts", "--json").out)["acts"], (by_command, by_page), strict=True)
    ]

    assert acts[0] == acts[1]


def test_more_than_a_hundred_take_their_number_typed(ann: Person) -> None:
    """Nothing happens before, nor where there are more by now than were shown."""
    enqueue(101)
    path = "/act/jobs/cancel?queue=t"

    assert all(
        (422, True) == ((answer := ann.act(path, confirm=typed))[0], "Type 101" in answer[1]) for typed in ("", "100")
    )
    assert (422, True) == ((answer := ann.act(path, confirm="90", seen="90"))[0], "101" in answer[1])
    assert {"available": 101} == states()
    assert (200, True) == ((answer := ann.act(path, confirm="101"))[0], "101 jobs cancelled" in answer[1])
    assert {"cancelled": 101} == states()


def test_what_came_after_it_was_shown_is_not_changed_unseen(ann: Person) -> None:
    """Few are not typed; more than were shown are shown again, and then done."""
    enqueue(2)
    path = "/act/jobs/cancel?queue=t"
    late = ann.act(path, seen="1")

    assert (422, True) == (late[0], "There are more by now" in late[1])
    assert {"available": 2} == states()
    assert 200 == ann.act(path, seen="²")[0]
    assert {"cancelled": 2} == states()


def test_a_filter_of_thousands_is_done_in_batches(ann: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each recorded; what time does not suffice for is said to be left."""
    monkeypatch.setattr("bellwork.ops.jobs.BATCH", 2)
    enqueue(5)
    with monkeypatch.context() as hurried:
        hurried.setattr("bellwork.ops.web.acts.jobs.PATIENCE", 0)
        assert "do it again for the rest" in ann.act("/act/jobs/cancel?queue=t")[1]

    assert {"available": 5} == states()
    assert 200 == ann.act("/act/jobs/cancel?queue=t")[0]
    assert ({"cancelled": 5}, 3) == (states(), ann.page("/actions").count("jobs cancel"))


def test_all_that_a_text_or_a_tenant_finds_is_changed(ann: Person) -> None:
    """As by the command that the page names; jobs of another word, and of another school, stay."""
    late, key = dead(2, reason="TimeoutError: it's late"), dead(reason="KeyError: 'ada'")
    waits, other = enqueue(2)
    hands.run("UPDATE bellwork.jobs SET tenant = 's-' || id")
    found = ann.page("/jobs?state=dead&text=IT%27S+late")
    preview = ann.page("/act/jobs/retry?state=dead&text=IT%27S+late")

    assert "/act/jobs/retry?state=dead&amp;text=IT%27S+late" in found
    assert [True, False] == [f'href="/jobs/{job}"' in found for job in (late[0], key[0])]
    assert "bellwork jobs retry --state dead --error &#39;IT&#39;&#34;&#39;&#34;&#39;S late&#39;" in preview
    assert (200, True) == (
        (answer := ann.act("/act/jobs/retry?state=dead&text=IT%27S+late"))[0],
        "2 jobs retried" in answer[1],
    )
    assert f'href="/jobs/{waits}"' in (page := ann.page(f"/jobs?tenant=s-{waits}"))
    assert f'href="/jobs/{other}"' not in page
    assert 200 == ann.act(f"/act/jobs/cancel?tenant=s-{waits}")[0]
    assert {"available": 3, "dead": 1, "cancelled": 1} == states()


def test_jobs_are_found_by_their_subject_and_their_age(ann: Person) -> None:
    """As by the command that the page names; what is no age is said to be none, and narrows nothing."""
    old, new = enqueue(2)
    hands.run("UPDATE bellwork.jobs SET subject = 'p-' || id")
    hands.run("UPDATE bellwork.jobs SET created_at = now() - interval '3 h' WHERE id = :id", id=old)
    both, mine = (ann.page(f"/jobs?{asked}") for asked in ("older_than=2h", f"subject=p-{new}"))
    wrong, preview = ann.page("/jobs?older_than=soon"), ann.page("/act/jobs/cancel?older_than=2h")

    assert [True, False] == [f'href="/jobs/{job}"' in both for job in (old, new)]
    assert [False, True] == [f'href="/jobs/{job}"' in mine for job in (old, new)]
    assert [True, True] == [f'href="/jobs/{job}"' in wrong for job in (old, new)]
    assert "An age is such as 45s" in wrong
    assert "bellwork jobs cancel --older-than 7200s" in preview
    assert 200 == ann.act("/act/jobs/cancel?older_than=2h")[0]
    assert {"available": 1, "cancelled": 1} == states()
    assert 409 == ann.client.get("/act/jobs/cancel?older_than=soon").status_code


def test_a_text_that_the_newest_jobs_do_not_hold_is_not_looked_for_further(
    ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page does not wait so long; it names the command that does."""
    monkeypatch.setattr("bellwork.db.queries.listing.SEARCHED", 2)
    dead(reason="OSError: away")
    dead(6, reason="KeyError: 'ada'")
    refused = ann.client.get("/act/jobs/retry?state=dead&text=OSError")

    assert (409, True) == (refused.status_code, "looks through older ones, too" in refused.text)
    assert {"dead": 7} == states()


def test_a_page_says_when_its_job_is_likely_to_be_done(ann: Person) -> None:
    """As the API tells its caller, and why nobody knows; of a finished job nothing is said."""
    [job] = ledger_jobs.put()
    [over] = dead()
    unheard = ann.page(f"/jobs/{job}")
    ledger_jobs.appear()
    new = ann.page(f"/jobs/{job}")
    remember(180)

    assert "<dt>Likely done<dd>not known: no worker" in unheard
    assert "<dt>Likely done<dd>not known: no history" in new
    known = ann.page(f"/jobs/{job}")
    assert "<dt>Likely done<dd>in about 3 minutes <span" in known
    assert "in four of five cases" in known
    assert "Likely done" not in ann.page(f"/jobs/{over}")


def test_without_a_reason_nothing_is_done(ann: Person) -> None:
    """Blanks are none."""
    [job] = enqueue()

    assert (422, True) == ((answer := ann.act(f"/act/jobs/cancel?id={job}", reason="  "))[0], "Say why" in answer[1])
    assert {"available": 1} == states()


@pytest.mark.parametrize(
    "path",
    [
        "jobs/retry?state=done",
        "jobs/cancel",
        "jobs/retry?id=1",
        "jobs/retry?id=x",
        "jobs/cancel?id=-1",
        f"jobs/cancel?id={'9' * 5_000}",
        "queues/pause?queue=no",
        "queues/resume?queue=t",
        "queues/limits?queue=no",
        "schedule/run?entry=no",
    ],
)
def test_what_cannot_be_done_says_why(ann: Person, path: str) -> None:
    """Before and after it was asked for; and an act that does not exist is not found."""
    enqueue()
    shown, posted = ann.client.get(f"/act/{path}"), ann.act(f"/act/{path}", form=form_of(ann))

    assert (409, 409) == (shown.status_code, posted[0])
    assert 404 == ann.client.get("/act/jobs/explode").status_code


def test_a_queue_is_paused_and_resumed(ann: Person) -> None:
    """As by command, with the same record."""
    enqueue()

    assert (200, True) == ((answer := ann.act("/act/queues/pause?queue=t"))[0], "paused for an hour" in answer[1])
    assert "by ann, until" in ask("status").out
    assert 409 == ann.act("/act/queues/pause?queue=t", **{"for": "1e9"})[0]
    with transaction() as conn:
        left = text("SELECT extract(epoch FROM paused_until - now()) FROM bellwork.queues WHERE name = 't'")
        assert 3_500 < conn.execute(left).scalar_one() <= 3_600
    assert (200, True) == ((answer := ann.act("/act/queues/resume?queue=t"))[0], "goes on" in answer[1])
    assert ["queues resume", "queues pause"] == [act["what"] for act in json.loads(ask("acts", "--json").out)["acts"]]


def test_a_queue_is_limited_by_a_number_and_that_is_undone(ann: Person) -> None:
    """As by command, with the same record; the page of the queue and that of actions lead there and back."""
    enqueue()
    look()
    first, second = (ann.act("/act/queues/limits?queue=t", concurrency=most) for most in ("5", " 2 "))

    assert (200, 200, True) == (first[0], second[0], "2 of its jobs may run at once" in second[1])
    assert "/act/queues/limits?queue=t&amp;concurrency=5" in second[1]
    assert "2 may, set by ann: a test" in ask("queues", "limits", "t").out
    assert "2 may, set by ann: a test" in (preview := ann.page("/act/queues/limits?queue=t&concurrency=5"))
    assert 'name="concurrency" value="5"' in preview
    assert all(said in Person("ann").page("/queues/t") for said in ("of 2 at most", "/act/queues/limits?queue=t"))
    assert "/act/queues/limits?queue=t&amp;concurrency=none" in ann.page("/actions")
    lifted = ann.act("/act/queues/limits?queue=t&concurrency=none", concurrency="none")
    assert (200, True) == (lifted[0], "Any number of its jobs may run at once" in lifted[1])
    acts = json.loads(ask("acts", "--json").out)["acts"]
    assert ["queues limits"] * 3 == [act["what"] for act in acts]
    assert [{}, 2, 5] == [act["after"].get("at_once", {}) for act in acts]


def test_the_command_that_is_shown_can_be_typed_whatever_led_there(ann: Person) -> None:
    """Nothing of a link is a word of its own to a shell."""
    enqueue()
    page = unescape(ann.page("/act/queues/limits?queue=t&concurrency=5%3B%20y"))

    assert "bellwork queues limits t --concurrency '5; y' --reason …" in page


@pytest.mark.parametrize("most", ["", "0", "-1", "many", "1e3", "100001", "9" * 5_000])
def test_what_is_no_limit_changes_nothing(ann: Person, most: str) -> None:
    """It says what one looks like; a limit that is there already is refused, too."""
    enqueue()
    code, said = ann.act("/act/queues/limits?queue=t", concurrency=most)

    assert (409, True) == (code, "give a number from 1 to 100,000, or none" in said)
    assert 409 == ann.act("/act/queues/limits?queue=t", concurrency="none")[0]
    assert [] == json.loads(ask("acts", "--json").out)["acts"]


def test_pausing_counts_nothing_that_the_snapshot_knows(ann: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue is paused when millions wait in it, and counting takes longer than a page waits."""
    enqueue(3)
    look()
    monkeypatch.delattr("bellwork.ops.web.acts.queues.backlog")

    assert "3 ready jobs wait" in ann.page("/act/queues/pause?queue=t")
    assert [200, 200] == [ann.act(f"/act/queues/{verb}?queue=t")[0] for verb in ("pause", "resume")]


def test_an_entry_is_paused_skipped_run_and_set(ann: Person) -> None:
    """Whoever may: another expression is an admin's."""
    bring(hourly())
    said = [
        ann.act(f"/act/schedule/{verb}?entry=t.hourly", **fields)
        for verb, fields in (
            ("pause", {}),
            ("resume", {}),
            ("skip", {"count": "2"}),
            ("skip", {"count": "0"}),
            ("run", {}),
            ("run", {}),
            ("set", {"cron": "5 * * * *"}),
        )
    ]
    admin = Person("root")
    answers = [
        admin.act(f"/act/schedule/{verb}?entry=t.hourly", **fields)[0]
        for verb, fields in (("set", {"cron": "x"}), ("set", {"cron": "5 * * * *"}), ("unset", {}))
    ]

    assert [200, 200, 200, 409, 200, 409, 403] == [code for code, _ in said]
    assert [409, 200, 200] == answers
    assert "unset" in ann.page("/schedule/t.hourly")


def test_a_partition_is_held_and_released(ann: Person) -> None:
    """As the command does it, with the reason; what is so already says so, and the way back is offered."""
    old_month(rows=1)
    name = f"content.{MONTH}"

    assert (409, 409) == tuple(
        ann.client.get(f"/act/partitions/{path}").status_code
        for path in (f"release?partition={name}", "hold?partition=x.y")
    )
    assert f"/act/partitions/hold?partition={name}" in ann.page("/partitions")
    held = ann.act(f"/act/partitions/hold?partition={name}", reason="case 12")
    assert (200, True) == (held[0], f"/act/partitions/release?partition={name}" in held[1])
    assert "held by ann: case 12" in ann.page("/partitions")
    assert 409 == ann.client.get(f"/act/partitions/hold?partition={name}").status_code
    assert 200 == ann.act(f"/act/partitions/release?partition={name}")[0]
    acts = json.loads(ask("acts", "--json").out)["acts"]
    assert [("partitions release", "ann"), ("partitions hold", "ann")] == [(act["what"], act["who"]) for act in acts]
    assert f"/act/partitions/hold?partition={name}" in ann.page("/actions")


def test_arguments_are_revealed_to_an_admin_who_is_recorded(ann: Person) -> None:
    """Once, for a reason; nobody else is shown them."""
    [job] = enqueue()
    code, said = Person("root").act(f"/act/jobs/reveal?id={job}")

    assert (200, True) == (code, "Zebedee Quillfeather" in said)
    assert 403 == ann.act(f"/act/jobs/reveal?id={job}", form=form_of(ann))[0]
    assert "jobs reveal" in ann.page("/actions")


@pytest.mark.parametrize("name", ACTS)
def test_a_viewer_can_do_nothing(name: str) -> None:
    """Neither see the form nor send one; the page says what it takes."""
    enqueue()
    vera = Person("vera")
    path = f"/act/{name}?id=1&queue=t&entry=t.hourly"

    assert 403 == vera.client.get(path).status_code
    assert 403 == vera.act(path, form=form_of(vera))[0]


def test_a_form_that_is_not_from_our_page_does_nothing(ann: Person) -> None:
    """Forged, missing, another account's; and an act is not done by looking at it."""
    [job] = enqueue()
    path = f"/act/jobs/cancel?id={job}"
    answers = [ann.act(path, form=form)[0] for form in ("", "0" * 64, form_of(Person("root")))]

    assert [403, 403, 403] == answers
    assert {"available": 1} == states()


def test_where_postgresql_takes_no_writes_an_act_says_so(ann: Person) -> None:
    """Pages go on."""
    [job] = enqueue()
    with transaction() as conn:
        conn.execute(text("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on',"
                          " current_database()); END $$"))  # fmt: skip
    forget()
    try:
        answer = ann.act(f"/act/jobs/cancel?id={job}")
        pages = [ann.client.get(path).status_code for path in ("/jobs", f"/jobs/{job}", "/schedule", "/partitions")]
    finally:
        with transaction() as conn:
            conn.execute(text("SET TRANSACTION READ WRITE"))
            conn.execute(text("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only',"
                              " current_database()); END $$"))  # fmt: skip
        forget()

    assert (503, True) == (answer[0], "takes no writes" in answer[1])
    assert [200] * 4 == pages


def form_of(person: Person) -> str:
    """Return what the forms of their pages carry."""
    return person.page("/jobs").split('name="form" value="')[1].split('"')[0]
