"""What strangers are shown of a certificate: name, course, day and status, and what it takes to verify one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from bellwork.db.courses.certificates import revoke
from bellwork.db.engine import forget, transaction
from bellwork.db.ledger import ChangedBy
from bellwork.ops.web import dashboard
from bellwork.tasks.certificates import Refused, make_key, verify
from bellwork.tasks.courses.certificates.issue import issue_certificate
from bellwork.tasks.providers import storage
from bellwork.workers.testing import run_inline
from tests.tasks.courses.campus import course, graduate, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SITE = "https://learn.example"


@pytest.fixture
def stranger(database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[TestClient]:
    """Somebody who comes by the public name, and is nobody here."""
    del database
    make_key(tmp_path / "k.pem")
    monkeypatch.setenv("CERTIFICATES_URL", SITE)
    monkeypatch.setenv("CERTIFICATES_PEM", str(tmp_path / "k.pem"))
    forget()
    with TestClient(dashboard(["desk.example"]), base_url=SITE) as client:
        yield client
    forget()


def issued(name: str = "Ada", title: str = "Kubernetes") -> str:
    """Issue a certificate, and return its number."""
    assert "done" == run_inline(issue_certificate, enrollment_id=graduate(course(title), name))["state"]
    return str(rows("SELECT certificate_number FROM {courses}.certificates ORDER BY created_at DESC")[0][0])


def shown(page: str) -> list[str]:
    """Return what a page tells: every definition of its list."""
    return re.findall(r"<dd[^>]*>(.*?)</dd>", page)


def test_a_number_is_shown_with_name_course_day_and_status_and_no_more(stranger: TestClient) -> None:
    """No address, no id of anybody, no link to what is the office's."""
    number = issued()
    answer = stranger.get(f"/verify/{number}")
    [row] = rows(
        "SELECT u.email, u.id, c.issued_at FROM {courses}.certificates c JOIN {courses}.users u ON u.id = user_id"
    )

    assert 200 == answer.status_code
    assert ["Ada Moss", "Kubernetes", f"{row.issued_at:%Y-%m-%d}", "valid"] == shown(answer.text)
    assert number in answer.text
    for other in (row.email, str(row.id), "/jobs", "<script", "href"):
        assert other not in answer.text


def test_a_revoked_certificate_says_so(stranger: TestClient) -> None:
    """It stays looked up."""
    number = issued()
    with transaction() as conn:
        assert revoke(conn, number, ChangedBy("ann", "a mistake"))
    answer = stranger.get(f"/verify/{number}")

    assert "revoked" == shown(answer.text)[-1]
    assert "a mistake" not in answer.text


@pytest.mark.parametrize(
    "number", ["LC-2026-999999", "x", "'%20OR%201=1", "%00", "L" * 51, "..%2F..", "<b>", "LC-2026-"]
)
def test_a_number_of_nobody_s_is_not_there(stranger: TestClient, number: str) -> None:
    """404, whatever was asked; nothing of it is repeated as markup."""
    answer = stranger.get(f"/verify/{number}")

    assert 404 == answer.status_code
    assert "<b>" not in answer.text


def test_hostile_names_are_text(stranger: TestClient) -> None:
    """Markup is shown as it is written, and runs nowhere; what runs right to left does so in its own place."""
    number = issued("<img src=x onerror=alert(1)>", "\u202e<script>x</script>\u0645\u062d\u0645\u062f")
    page = stranger.get(f"/verify/{number}").text

    assert [
        "&lt;img src=x onerror=alert(1)&gt; Moss",
        "&lt;script&gt;x&lt;/script&gt;\u0645\u062d\u0645\u062f",
    ] == shown(page)[:2]
    assert "\u202e" not in page
    assert 2 == page.count('dir="auto"')


def test_a_stranger_verifies_with_what_the_site_has(stranger: TestClient) -> None:
    """did.json and the list at the address that the credential names; revoked, the next copy says so."""
    number = issued()
    [issue] = rows("SELECT pdf_url, credential_url FROM {courses}.certificate_issues")
    store = storage()
    page, credential = (store.get(store.key_of(url)) for url in issue)
    document = stranger.get("/.well-known/did.json").json()
    place = f"{SITE}/certificates/status/courses/0"
    free = stranger.get(place)

    assert place.encode() in credential
    assert "application/vc+jwt" == free.headers["content-type"]
    assert number == verify(credential, document, page=page, status_list=free.content).number
    with transaction() as conn:
        revoke(conn, number, ChangedBy("ann", "a mistake"))
    with pytest.raises(Refused, match="revocation"):
        verify(credential, document, page=page, status_list=stranger.get(place).content)


@pytest.mark.parametrize("place", ["courses/99999999999999999999", "nobody/0", "courses/-1", "courses/x"])
def test_a_list_of_nothing_is_not_there(stranger: TestClient, place: str) -> None:
    """Another system's, and a number that no certificate can have."""
    assert 404 == stranger.get(f"/certificates/status/{place}").status_code


def test_nothing_else_is_shown_by_the_public_name(stranger: TestClient) -> None:
    """Neither a page of the office nor its figures; nothing can be posted."""
    for path in ("/", "/jobs", "/metrics", "/verify", "/certificates", "/.well-known/other"):
        assert 404 == stranger.get(path).status_code, path
    assert 405 == stranger.post("/verify/LC-2026-000001").status_code


def test_without_a_key_nothing_is_signed_and_numbers_are_shown(
    stranger: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that cannot be read is no reason to tell where it lies."""
    number = issued()
    for value in ("", "/nowhere/certificates.pem"):
        monkeypatch.setenv("CERTIFICATES_PEM", value)
        forget()
        answers = [stranger.get(path) for path in ("/.well-known/did.json", "/certificates/status/courses/0")]
        assert [404, 404] == [each.status_code for each in answers]
        assert "nowhere" not in "".join(each.text for each in answers)
        assert 200 == stranger.get(f"/verify/{number}").status_code
