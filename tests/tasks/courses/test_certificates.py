"""A certificate is issued once for each learner and course, under a number for ever, and can be revoked and renewed."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.courses.certificates import find, revoke, revoked_serials
from bellwork.db.courses.erase import erase
from bellwork.db.courses.seed import add
from bellwork.db.engine import forget, transaction
from bellwork.db.ledger import ChangedBy
from bellwork.tasks.certificates import Refused, issuer, make_key, sign_status_list, verify
from bellwork.tasks.courses.certificates.issue import issue_certificate, reissue_certificate
from bellwork.tasks.courses.objects import tidy_objects
from bellwork.tasks.providers import storage
from bellwork.workers.testing import drain, run_inline
from tests.tasks.courses.campus import course, graduate, notices, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_ALL = "SELECT * FROM {courses}.certificates ORDER BY certificate_number"
_ISSUES = "SELECT * FROM {courses}.certificate_issues ORDER BY certificate_number, issue_no"
WHY = ChangedBy("ann", "a name was wrong")


@pytest.fixture(autouse=True)
def _platform(database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A migrated database, and an issuer."""
    del database
    make_key(tmp_path / "k.pem")
    monkeypatch.setenv("CERTIFICATES_URL", "https://learn.example")
    monkeypatch.setenv("CERTIFICATES_PEM", str(tmp_path / "k.pem"))
    forget()
    yield
    forget()


def _objects(row: Any) -> tuple[bytes, bytes]:
    store = storage()
    page, credential = (store.get(store.key_of(url)) for url in (row.pdf_url, row.credential_url))
    return page, credential


def _proven(row: Any, status_list: bytes | None = None) -> str:
    signer = issuer()
    assert signer is not None
    page, credential = _objects(row)
    return verify(credential, signer.document(), page=page, status_list=status_list).number


def _list() -> bytes:
    signer = issuer()
    assert signer is not None
    with transaction() as conn:
        revoked = revoked_serials(conn, 0, 100)
        [now] = rows("SELECT now() - interval '1 second' AS now")
    return sign_status_list(signer, ("courses", 0), revoked, now.now)


def _state(done: dict[str, Any]) -> tuple[str, str]:
    return done["state"], done.get("reason") or ""


def test_a_completed_course_is_a_certificate_that_strangers_can_verify() -> None:
    """Number, title, addresses; page and credential belong together; the learner is told once, with both."""
    enrollment = graduate(course("Kubernetes"))
    rows("INSERT INTO bellwork.webhook_endpoints (url, events) VALUES ('https://x.example/', '{certificate.issued}')")
    assert "done" == run_inline(issue_certificate, enrollment_id=enrollment)["state"]
    [row], [issue] = rows(_ALL), rows(_ISSUES)
    [told] = notices("courses.certificate_issued")
    [event] = rows("SELECT event_type, ids FROM bellwork.webhook_deliveries")

    assert "certificate.issued" == event.event_type
    assert {"certificate_id": str(row.id), "certificate_number": row.certificate_number} == {
        name: value for name, value in event.ids.items() if name != "course_id"
    }
    assert f"LC-{row.issued_at.year}-{issue.serial:06}" == row.certificate_number == _proven(issue)
    assert ("Kubernetes", "Ada Moss") == (row.title, issue.holder)
    assert f"https://learn.example/verify/{row.certificate_number}" == row.verification_url
    assert row.pdf_url == issue.pdf_url
    assert row.certificate_number in told.body["text"]
    assert row.verification_url in told.body["text"]


def test_twenty_learners_who_finish_three_times_have_twenty_certificates() -> None:
    """Triple delivery, eight threads at once, jobs without a key: twenty numbers, twenty notices."""
    seeded = course()
    enrollments = [graduate(seeded, f"Ada{number}") for number in range(20)]
    for _ in range(3):
        for each in enrollments:
            issue_certificate.send(enrollment_id=each)
    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(drain) for _ in range(8)]:
            done.result()
    found = rows(_ALL)

    assert 20 == len(found) == len({row.certificate_number for row in found}) == len({row.user_id for row in found})
    assert 20 == len(notices("courses.certificate_issued")) == len(rows(_ISSUES))
    assert [] == rows("SELECT FROM bellwork.finished_jobs WHERE state <> 'done'")


def test_two_at_the_same_instant_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have printed before either has settled: one certificate, one notice, both jobs done."""
    from bellwork.tasks.courses.certificates import issue  # noqa: PLC0415 - to hold it in its middle

    both, make = threading.Barrier(2), issue._make
    monkeypatch.setattr(issue, "_make", lambda taken: (make(taken), both.wait(20))[0])
    enrollment = graduate(course())
    with ThreadPoolExecutor(2) as threads:
        jobs = [threads.submit(run_inline, issue_certificate, enrollment_id=enrollment) for _ in range(2)]
        states = [job.result()["state"] for job in jobs]

    assert ["done", "done"] == states
    assert 1 == len(rows(_ALL)) == len(notices("courses.certificate_issued"))


@pytest.mark.parametrize("status", ["active", "expired", "cancelled"])
def test_who_has_not_completed_gets_none(status: str) -> None:
    """The job is dead and says why; no number is taken."""
    enrollment = graduate(course())
    rows("UPDATE {courses}.enrollments SET status = CAST(:status AS {courses}.enrollment_status)", status=status)
    state, why = _state(run_inline(issue_certificate, enrollment_id=enrollment))

    assert "dead" == state
    assert "is not completed" in why
    assert [] == rows(_ISSUES)


def test_a_certificate_of_before_is_left_alone() -> None:
    """A team's own number stays, and ours go on behind it."""
    seeded = course()
    enrollment = graduate(seeded)
    [who] = rows("SELECT user_id FROM {courses}.enrollments WHERE id = :id", id=enrollment)
    paper = {"certificate_number": "LC-2025-000041", "title": "Theirs"}
    with transaction() as conn:
        add(conn, "certificates", user_id=who.user_id, course_id=seeded.course, **paper)
    assert "dead" == run_inline(issue_certificate, enrollment_id=enrollment)["state"]
    [row] = rows(_ALL)

    assert ("LC-2025-000041", "Theirs", None) == (row.certificate_number, row.title, row.pdf_url)
    with transaction() as conn:
        shown = find(conn, "LC-2025-000041")
    assert shown is not None
    assert ("Ada Moss", "Theirs", False) == (shown.holder, shown.course, shown.revoked)


def test_a_name_that_no_font_can_write_keeps_its_number_until_it_can() -> None:
    """The job is dead and names the letter; mended and retried it has the number that was taken."""
    enrollment = graduate(course(), "\u674e", "Ada")
    state, why = _state(run_inline(issue_certificate, enrollment_id=enrollment))
    [taken] = rows(_ISSUES)
    rows("UPDATE {courses}.users SET first_name = 'Li' WHERE first_name = :name", name="\u674e")

    assert ("dead", None, []) == (state, taken.settled_at, rows(_ALL))
    assert "U+674E" in why
    assert "done" == run_inline(issue_certificate, enrollment_id=enrollment)["state"]
    [row] = rows(_ALL)
    assert taken.certificate_number == row.certificate_number
    assert taken.taken_at == row.issued_at


@pytest.mark.parametrize(
    "name", ["\u202eeve\u2066", "<script>x</script>", "#eval(1)", "W" * 100, "\u0645\u062d\u0645\u062f"]
)
def test_hostile_names_are_names(name: str) -> None:
    """They are issued, verified and shown as what they are, without what cannot be seen."""
    enrollment = graduate(course("T" * 255), name, "Moss")
    assert "done" == run_inline(issue_certificate, enrollment_id=enrollment)["state"]
    [issue] = rows(_ISSUES)

    assert f"{name} Moss".replace("\u202e", "").replace("\u2066", "") == issue.holder
    assert _proven(issue) == issue.certificate_number


def test_numbers_have_six_digits_and_more_where_they_need_them() -> None:
    """From 999,999 on to 1,000,000: nothing is cut off."""
    seeded = course()
    rows("SELECT setval(pg_get_serial_sequence('{courses}.certificate_issues', 'serial'), 999998)")
    for number in range(2):
        assert "done" == run_inline(issue_certificate, enrollment_id=graduate(seeded, f"Ada{number}"))["state"]

    assert ["999999", "1000000"] == [row.certificate_number[8:] for row in rows(_ISSUES + ", serial")][::-1]


def test_without_an_issuer_the_page_alone_is_issued(monkeypatch: pytest.MonkeyPatch) -> None:
    """No address, no credential; the number is the same kind of number."""
    monkeypatch.delenv("CERTIFICATES_URL")
    forget()
    assert "done" == run_inline(issue_certificate, enrollment_id=graduate(course()))["state"]
    [row], [issue] = rows(_ALL), rows(_ISSUES)

    assert (None, None) == (row.verification_url, issue.credential_url)
    assert row.pdf_url.endswith(".pdf")


def _issued(name: str = "Ada") -> Any:
    assert "done" == run_inline(issue_certificate, enrollment_id=graduate(course(), name))["state"]
    return rows(_ALL)[0]


def test_after_a_change_of_name_a_certificate_has_the_same_number_and_a_new_date() -> None:
    """Thrice delivered it is issued once; the issue of before is refused from then on, by the list."""
    before = _issued()
    rows("UPDATE {courses}.users SET last_name = 'Reed' WHERE id = :id", id=before.user_id)
    rows("UPDATE {courses}.certificate_issues SET taken_at = taken_at - interval '1 day'")
    states = [
        run_inline(reissue_certificate, certificate_number=before.certificate_number, issue_no=2)["state"]
        for _ in range(3)
    ]
    [after], [old, new] = rows(_ALL), rows(_ISSUES)

    assert ["done"] * 3 == states
    assert (before.id, before.certificate_number) == (after.id, after.certificate_number)
    assert new.taken_at == after.issued_at > old.taken_at
    assert ("Ada Moss", "Ada Reed") == (old.holder, new.holder)
    assert 2 == len(notices("courses.certificate_issued"))
    assert after.certificate_number == _proven(new, _list())
    with pytest.raises(Refused, match="revocation"):
        _proven(old, _list())


@pytest.mark.parametrize(("number", "issue_no"), [("LC-2026-999999", 2), (None, 3), (None, 1)])
def test_what_was_not_issued_is_not_issued_again(number: str | None, issue_no: int) -> None:
    """A number of nobody's, and an issue that would follow none; the first again is nothing new."""
    row = _issued()
    asked = {"certificate_number": number or row.certificate_number, "issue_no": issue_no}
    state = run_inline(reissue_certificate, **asked)["state"]

    assert ("done" if issue_no == 1 else "dead") == state
    assert 1 == len(rows(_ISSUES))


def test_a_revoked_certificate_says_so_and_may_be_issued_again() -> None:
    """Revoked once, as an act; its number is shown as revoked, its credential refused; a new issue is valid."""
    row = _issued()
    with transaction() as conn:
        done = [revoke(conn, row.certificate_number, WHY) for _ in range(2)]
        shown = find(conn, row.certificate_number)
    assert [True, False] == done
    assert shown is not None
    assert shown.revoked
    with pytest.raises(Refused, match="revocation"):
        _proven(rows(_ISSUES)[0], _list())
    assert 1 == len(rows("SELECT FROM bellwork.operator_acts WHERE what = 'certificates revoke'"))

    run_inline(reissue_certificate, certificate_number=row.certificate_number, issue_no=2)
    with transaction() as conn:
        shown = find(conn, row.certificate_number)
        assert shown is not None
        assert (False, 2) == (shown.revoked, shown.issue_no)
        assert not revoke(conn, "LC-2026-999999", WHY)
    assert row.certificate_number == _proven(rows(_ISSUES)[1], _list())


def test_whoever_was_erased_is_shown_by_a_pseudonym() -> None:
    """Both files go, the number stays, and neither name is anywhere."""
    row = _issued("Zebedee")
    with transaction() as conn:
        gone = erase(conn, str(row.user_id))
        shown = find(conn, row.certificate_number)

    assert 2 == len(gone.files)
    assert shown is not None
    assert shown.holder.startswith("Learner ")
    assert "Zebedee" not in json.dumps([each._asdict() for each in rows(_ISSUES)], default=str)


def test_who_asked_to_be_erased_gets_none() -> None:
    """The job ends without a certificate."""
    enrollment = graduate(course())
    rows("UPDATE {courses}.users SET deleted_at = now()")

    assert "done" == run_inline(issue_certificate, enrollment_id=enrollment)["state"]
    assert [] == rows(_ALL)


def _between(monkeypatch: pytest.MonkeyPatch, happens: Callable[[Any], object]) -> None:
    """Let something happen, once, while a page is stored and its certificate is not issued."""
    from bellwork.tasks.courses.certificates import issue  # noqa: PLC0415 - to hold it in its middle

    make = issue._make

    def held(taken: Any) -> Any:
        monkeypatch.setattr(issue, "_make", make)
        made = make(taken)
        happens(taken)
        return made

    monkeypatch.setattr(issue, "_make", held)


def _leave(taken: Any) -> None:
    with transaction() as conn:
        erase(conn, str(taken.user_id))


def test_who_is_erased_while_his_certificate_is_issued_leaves_no_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Page and credential are stored, then the learner goes: neither file nor name is left, nobody is told."""
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}/storage")
    forget()
    _between(monkeypatch, _leave)
    done = run_inline(issue_certificate, enrollment_id=graduate(course(), "Zebedee"))

    assert ("done", []) == (done["state"], [path for path in (tmp_path / "storage").rglob("*") if path.is_file()])
    assert [] == rows(_ALL) == notices("courses.certificate_issued")
    assert [(None, None)] == [(each.holder, each.settled_at) for each in rows(_ISSUES)]


def test_what_an_attempt_stored_that_died_is_found_a_day_later(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It dies with both files stored, and its learner is erased before another comes: the night removes them, once."""
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}/storage")
    forget()
    stays = _issued("Ada")

    def die(taken: Any) -> None:
        del taken
        raise MemoryError

    with monkeypatch.context() as patch:
        _between(patch, die)
        run_inline(issue_certificate, enrollment_id=graduate(course(), "Zebedee"))
    stored = [path for path in (tmp_path / "storage").rglob("*") if path.is_file()]
    [learner] = rows("SELECT id FROM {courses}.users WHERE first_name = 'Zebedee'")
    rows("UPDATE {courses}.users SET deleted_at = now() WHERE id = :id", id=learner.id)
    run_inline(tidy_objects)
    assert 4 == len(stored) == len([path for path in stored if path.is_file()])
    rows("UPDATE {courses}.certificate_issues SET stored_at = stored_at - interval '25 hours'")
    for _ in range(2):
        assert "done" == run_inline(tidy_objects)["state"]

    assert 2 == len([path for path in stored if path.is_file()])
    assert stays.certificate_number == _proven(rows(_ISSUES)[0])
    assert [[], []] == [each.stored_as for each in rows(_ISSUES)]


def test_what_an_erased_learner_had_stored_is_named_to_whoever_erases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while nothing was issued: by the key that was written down before."""
    gone: list[Any] = []

    def go(taken: Any) -> None:
        with transaction() as conn:
            gone.append(erase(conn, str(taken.user_id)))

    _between(monkeypatch, go)
    run_inline(issue_certificate, enrollment_id=graduate(course()))

    assert [".json", ".pdf"] == [file[file.rindex(".") :] for file in sorted(gone[0].files)]


def test_a_certificate_that_a_team_inserts_meanwhile_stays_and_is_not_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Between number and commit: the job is dead and says so; nobody is told, and no file is left."""
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}/storage")
    forget()

    def insert(taken: Any) -> None:
        with transaction() as conn:
            theirs = {"certificate_number": "OURS-1", "title": "Theirs"}
            add(conn, "certificates", user_id=taken.user_id, course_id=taken.course_id, **theirs)

    _between(monkeypatch, insert)
    state, why = _state(run_inline(issue_certificate, enrollment_id=graduate(course())))
    [row], [issue] = rows(_ALL), rows(_ISSUES)

    assert ("dead", True) == (state, "not made here" in why), why
    assert ("OURS-1", None) == (row.certificate_number, issue.settled_at)
    assert [] == notices("courses.certificate_issued") == rows("SELECT FROM bellwork.webhook_deliveries")
    assert [] == [path for path in (tmp_path / "storage").rglob("*") if path.is_file()]


def test_a_name_that_changes_between_two_attempts_leaves_one_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The attempt that comes second finds the first one's issue, and takes its own page away."""
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}/storage")
    forget()
    enrollment = graduate(course())

    def meanwhile(taken: Any) -> None:
        rows("UPDATE {courses}.users SET last_name = 'Reed' WHERE id = :id", id=taken.user_id)
        with ThreadPoolExecutor(1) as thread:
            thread.submit(run_inline, issue_certificate, enrollment_id=enrollment).result()

    _between(monkeypatch, meanwhile)
    assert "done" == run_inline(issue_certificate, enrollment_id=enrollment)["state"]
    [row], [issue] = rows(_ALL), rows(_ISSUES)

    assert "Ada Reed" == issue.holder
    assert [row.pdf_url] == [f"file://{path}" for path in (tmp_path / "storage").rglob("*") if path.suffix == ".pdf"]
    assert 1 == len(notices("courses.certificate_issued"))


@pytest.mark.parametrize("then", ["nothing", "asks to be erased", "storage has moved", "no issuer"])
def test_what_two_attempts_store_alike_stays_the_issued_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, then: str
) -> None:
    """The second attempt comes late, and takes away nothing by which the issue is known; nor does the night."""
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}/storage")
    forget()
    enrollment = graduate(course())

    def meanwhile(taken: Any) -> None:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(run_inline, issue_certificate, enrollment_id=enrollment).result()
        if then == "asks to be erased":
            rows("UPDATE {courses}.users SET deleted_at = now() WHERE id = :id", id=taken.user_id)
        if then == "storage has moved":
            rows("UPDATE {courses}.certificate_issues SET pdf_url = replace(pdf_url, 'file://', 'https://files')")
        if then == "no issuer":
            rows("UPDATE {courses}.certificate_issues SET credential_url = NULL")

    _between(monkeypatch, meanwhile)
    assert "done" == run_inline(issue_certificate, enrollment_id=enrollment)["state"]
    [issue] = rows(_ISSUES)
    stem = issue.pdf_url[issue.pdf_url.index("certificates/") : -len(".pdf")]
    # As a release leaves it that knows nothing of this column.
    rows(
        "UPDATE {courses}.certificate_issues SET stored_as = ARRAY[:stem], stored_at = now() - interval '25 hours'",
        stem=stem,
    )
    assert "done" == run_inline(tidy_objects)["state"]

    kept = {path.suffix for path in (tmp_path / "storage").rglob("*") if path.is_file()}
    assert kept == ({".pdf"} if then == "no issuer" else {".pdf", ".json"})
    assert [[]] == [each.stored_as for each in rows(_ISSUES)]
