"""Who is let in to the dashboard, as whom, and that no other site's page can act for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from bellwork.db import engine
from bellwork.db.accounts import Token
from bellwork.db.settings import SettingsError, settings
from bellwork.ops.web import access, dashboard
from bellwork.ops.web.access import COOKIE, Doors
from tests.ops.desk import ask

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("database")

ANN, VERA, PAGE = Token("ann", "operator", "a" * 32), Token("vera", "viewer", "v" * 32), {"accept": "text/html"}


def browser(doors: Doors, host: str = "desk.example", client: str = "10.0.0.9", scheme: str = "https") -> TestClient:
    """Somebody's browser, which follows no redirect."""
    app = dashboard(["desk.example", "127.0.0.1"], doors)
    return TestClient(app, f"{scheme}://{host}", client=(client, 50000), follow_redirects=False)


@pytest.fixture
def ann() -> Iterator[TestClient]:
    """An operator who is signed in."""
    with browser(Doors((ANN, VERA))) as signed_in:
        assert 303 == signed_in.post("/sign-in", data={"token": ANN.token, "next": "/partitions"}).status_code
        yield signed_in


def form_of(page: str) -> str:
    """Return what the forms of a page carry."""
    return page.split('name="form" value="')[1].split('"', maxsplit=1)[0]


def test_without_an_account_there_is_nothing_but_the_way_in() -> None:
    """A person is led to it, a program is told; what a page is made of may be had by anybody."""
    stranger = browser(Doors((ANN,)))

    assert (303, "/sign-in") == ((led := stranger.get("/schedule", headers=PAGE)).status_code, led.headers["location"])
    assert (401, "Bearer") == ((told := stranger.get("/schedule")).status_code, told.headers["www-authenticate"])
    assert [200, 200] == [stranger.get(path).status_code for path in ("/sign-in", "/static/style.css")]
    assert 401 == stranger.post("/sign-out").status_code


def test_a_token_begins_a_session_and_leads_back(ann: TestClient) -> None:
    """The cookie is for this site alone, out of reach of scripts, and holds no token; the page names who it is."""
    again = ann.post("/sign-in", data={"token": ANN.token, "next": "/partitions"})
    cookie = again.headers["set-cookie"]

    assert "/partitions" == again.headers["location"]
    assert all(rule in cookie for rule in ("HttpOnly", "SameSite=strict", "Secure", "Max-Age=43200"))
    assert ANN.token not in cookie
    assert "ann <" in ann.get("/partitions").text


@pytest.mark.parametrize(
    "leads", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "//[", ""]
)
def test_signing_in_leads_nowhere_else(leads: str) -> None:
    """Whatever `next` says."""
    answer = browser(Doors((ANN,))).post("/sign-in", data={"token": ANN.token, "next": leads})

    assert (303, "/") == (answer.status_code, answer.headers["location"])


def test_a_wrong_token_begins_nothing() -> None:
    """And the page says no more than that."""
    stranger = browser(Doors((ANN,)))
    answers = [stranger.post("/sign-in", data={"token": token}) for token in ("b" * 32, "", "ä" * 32)]

    assert [403, 403, 403] == [answer.status_code for answer in answers]
    assert not any("set-cookie" in answer.headers for answer in answers)


@pytest.mark.parametrize("change", ["expired", "endless", "name", "role", "seal", "cut", "other token"])
def test_no_other_cookie_is_a_session(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was changed, what is over, and what began with a token that is no more."""
    if change == "expired":
        monkeypatch.setattr(access, "SESSION", -1)
    cookie = access.begin_session(ANN)
    expires, nonce, seal, name = cookie.split(".")
    cookie = {
        "name": f"{expires}.{nonce}.{seal}.vera",
        "endless": f"{'9' * 5_000}.{nonce}.{seal}.{name}",
        "seal": f"{expires}.{nonce}.{'0' * 64}.{name}",
        "cut": cookie[:40],
    }.get(change, cookie)
    known = {"other token": ANN._replace(token="c" * 32), "role": ANN._replace(role="admin")}.get(change, ANN)
    client = browser(Doors((known, VERA)))
    client.cookies.set(COOKIE, cookie)

    assert 401 == client.get("/schedule").status_code


@pytest.mark.parametrize("other", ['chosen={"a":1}', "chosen=a b; list=[1]", "é", "=; ;"])
def test_cookies_of_other_pages_of_this_host_do_no_harm(other: str) -> None:
    """Other programs on other ports share them, and write into them what they like."""
    cookie = f"{other}; {COOKIE}={access.begin_session(ANN)}".encode()

    assert 200 == browser(Doors((ANN,))).get("/schedule", headers=[(b"cookie", cookie)]).status_code


def test_signing_out_ends_it_and_lets_the_browser_forget(ann: TestClient) -> None:
    """Only a form of our own page does it."""
    assert 403 == ann.post("/sign-out", data={"form": "x"}).status_code
    answer = ann.post("/sign-out", data={"form": form_of(ann.get("/partitions").text)})

    assert (303, '"cache"') == (answer.status_code, answer.headers["clear-site-data"])
    assert 401 == ann.get("/partitions").status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "https://["},
    ],
    ids=str,
)
def test_another_sites_page_can_post_nothing(ann: TestClient, headers: dict[str, str]) -> None:
    """Even with the browser's cookie and a form that was stolen."""
    form = form_of(ann.get("/partitions").text)
    answer = ann.post("/sign-out", data={"form": form}, headers=headers)

    assert (403, True) == (answer.status_code, "Another site" in answer.text)
    assert 200 == ann.get("/partitions").status_code


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"form=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"form=%ff", "application/x-www-form-urlencoded", 400),
        (b"&a=1" * 2_000, "application/x-www-form-urlencoded", 400),
        (b'{"form": 1}', "application/json", 415),
        (b"form=1", "text/plain", 415),
    ],
)
def test_what_is_no_form_is_refused(ann: TestClient, body: bytes, kind: str, status: int) -> None:
    """Too long, no UTF-8, too many fields, another kind: said in a page, and nothing else happens."""
    answer = ann.post("/sign-out", content=body, headers={"content-type": kind})

    assert status == answer.status_code
    assert "Traceback" not in answer.text


def test_a_program_shows_its_token_with_each_request() -> None:
    """And is turned away with another one."""
    client = browser(Doors((ANN, VERA)))
    found = [
        client.get("/schedule", headers={"authorization": f"{scheme} {token}"}).status_code
        for scheme, token in (
            ("Bearer", VERA.token),
            ("bearer", ANN.token),
            ("Bearer", "x" * 32),
            ("Basic", VERA.token),
        )
    ]

    assert [200, 200, 401, 401] == found


@pytest.mark.parametrize(
    ("client", "name", "status"), [("10.0.0.9", "bob", 200), ("10.0.0.8", "bob", 401), ("10.0.0.9", "", 401)]
)
def test_a_proxy_is_believed_where_it_is_known(client: str, name: str, status: int) -> None:
    """Whoever else sends its header is nobody."""
    doors = Doors((), "X-Forwarded-User", ("10.0.0.9/32",), {"bob": "admin", "*": "viewer"})
    answer = browser(doors, client=client).get("/schedule", headers={"x-forwarded-user": name})

    assert status == answer.status_code
    assert (status == 200) == ("admin" in answer.text)


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("127.0.0.1:8008", {}, 200),
        ("desk.example", {}, 401),
        ("127.0.0.1", {"x-forwarded-for": "203.0.113.9"}, 401),
        ("127.0.0.1", {"forwarded": "for=203.0.113.9"}, 401),
    ],
)
def test_anybody_on_this_machine_may_look(host: str, headers: dict[str, str], status: int) -> None:
    """By its own name, and not through a proxy; what they see leads to the way in."""
    answer = browser(Doors((ANN,), open_to=frozenset({"127.0.0.1"})), host, "127.0.0.1", "http").get(
        "/schedule", headers=headers
    )

    assert status == answer.status_code
    assert (status == 200) == ("Sign in to act" in answer.text)


def test_it_is_not_served_beyond_this_machine_where_nobody_could_sign_in() -> None:
    """The command says what to set, with exit code 1, before it listens."""
    answer = ask("web", "--host", "0.0.0.0", "--port", "0")  # noqa: S104 - that is what is refused

    assert (1, "") == (answer.code, answer.out)
    assert "BELLWORK_WEB_TOKENS" in answer.err


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (f"ann={ANN.token}", "gives 'ann' no role"),
        (f"ann=boss:{ANN.token}", "gives 'ann' no role"),
        ("ann=viewer:short", "a token of 5 characters"),
        (f"a nn=viewer:{ANN.token}", "names nobody"),
        (f"ann=viewer:{ANN.token},ann=admin:{VERA.token}", "two tokens"),
        (f"ann=viewer:{ANN.token},bob=admin:{ANN.token}", "one token"),
    ],
)
def test_a_setting_that_would_let_nobody_in_is_refused(value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, with the variable's name, and without the token."""
    monkeypatch.setenv("BELLWORK_WEB_TOKENS", value)
    engine.forget()
    with pytest.raises(SettingsError, match="BELLWORK_WEB_TOKENS") as refused:
        settings()
    engine.forget()
    monkeypatch.undo()

    assert said in str(refused.value)
    assert ANN.token not in str(refused.value)
