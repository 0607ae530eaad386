"""`bellwork webhooks`: who is told what happened, what became of it, and telling it again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bellwork.db.webhooks import acts, look
from bellwork.db.webhooks.endpoints import MOST, add_endpoint, list_endpoints, new_secret
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger
from bellwork.ops.cli.who import Who, Why, changed_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

app = typer.Typer(no_args_is_help=True)

Endpoint = Annotated[int, typer.Argument(metavar="ENDPOINT", help="Its number (`webhooks list`).", min=1)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
_TYPE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
_LONGEST = 2_000


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List endpoints: whether each is told, of what, and how much waits for it or has failed."""
    with ledger() as conn:
        found = [{**each, "url": _shown(each["url"])} for each in list_endpoints(conn)]
    if as_json:
        output.print_json({"endpoints": found})
        return
    columns = ["id", "state", "url", "events", "waiting", "failed", "failing since", "why"]
    output.table(columns, [_row(each) for each in found], right=["id", "waiting", "failed"])
    if not found:
        output.say("Nobody is told of anything; `bellwork webhooks add URL` adds an endpoint.")


@app.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where it listens; https.")],
    event: Annotated[list[str] | None, typer.Option(help="Only events of this type; may be said again.")] = None,
    about: Annotated[str | None, typer.Option(help="Whose it is, for operators.")] = None,
    mail: Annotated[str | None, typer.Option(help="Who gets a letter when it is disabled.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add an endpoint, and show its secret: this once, and never again."""
    from bellwork.tasks.webhooks.receiver import refusal  # noqa: PLC0415 - loads an HTTP client, for this alone

    if len(url) > _LONGEST:
        output.fail(f"the URL has {len(url)} characters; {_LONGEST} are the most")
    if reason := refusal(url):
        output.fail(f"{_shown(url)!r} may be no endpoint: {reason}")
    if odd := [each for each in event or [] if not _TYPE.fullmatch(each)]:
        output.fail(f"{odd[0]!r} is no type of events; they are like course.published")
    if mail is not None and not re.fullmatch(r"[^@\s,]+@[^@\s,]+", mail):
        output.fail(f"{words.shortened(mail, 40)!r} is no address")
    secret = new_secret()
    with ledger() as conn:
        endpoint = add_endpoint(conn, url, secret, event or (), about, mail)
    _tell_secret(as_json, endpoint, secret, "is told from now on")


@app.command()
def disable(endpoint: Endpoint, reason: Why, by: Who = None, as_json: AsJson = False) -> None:
    """Tell an endpoint nothing any more; what it would be told waits."""
    _answer(as_json, endpoint, "disabled", lambda conn: acts.disable(conn, endpoint, changed_by(by, reason)))


@app.command()
def enable(endpoint: Endpoint, reason: Why, by: Who = None, as_json: AsJson = False) -> None:
    """Tell an endpoint again, and at once what waits for it."""
    _answer(as_json, endpoint, "active", lambda conn: acts.enable(conn, endpoint, changed_by(by, reason)))


@app.command()
def rotate(
    endpoint: Endpoint,
    reason: Why,
    overlap: Annotated[float, typer.Option(help="Hours for which the last secret signs, too.", min=0, max=720)] = 24.0,
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Sign by a new secret, and show it: this once, and never again."""
    secret = new_secret()
    with ledger() as conn:
        if not acts.rotate(conn, endpoint, secret, overlap * 3600, changed_by(by, reason)):
            _fail(endpoint)
    _tell_secret(as_json, endpoint, secret, f"is signed for by this secret, and for {overlap:g} h by the last one")


@app.command()
def deliveries(
    endpoint: Annotated[int | None, typer.Argument(metavar="[ENDPOINT]", help="Only of this one.", min=1)] = None,
    state: Annotated[str | None, typer.Option(help=f"Only those that are {', '.join(look.STATES)}.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List deliveries: how each stands, and what its receiver answered last."""
    if state is not None and state not in look.STATES:
        output.fail(f"there is no state {state!r}; there are {', '.join(look.STATES)}")
    with ledger() as conn:
        found = look.list_deliveries(conn, limit, endpoint, state)
    if as_json:
        output.print_json({"deliveries": found, "limit": limit})
        return
    columns = ["id", "endpoint", "state", "event", "happened", "tries", "next or settled", "last answer"]
    rows = [
        [each["id"], each["endpoint"], each["state"], each["event_type"], words.moment(each["occurred_at"]),
         each["tries"], words.moment(each["settled_at"] or each["next_at"]), words.shortened(each["said"] or "-", 80)]
        for each in found
    ]  # fmt: skip
    output.table(columns, rows, right=["id", "endpoint", "tries"])
    if not found:
        output.say("No delivery is like that.")


@app.command()
def replay(  # noqa: PLR0913, PLR0917 - its options
    endpoint: Endpoint,
    reason: Why,
    delivery: Annotated[list[int] | None, typer.Option(help="This one; may be said again.", min=1)] = None,
    delivered: Annotated[bool, typer.Option("--delivered", help="Also those that were delivered.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many, the oldest first.")] = MOST,
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Deliver again what failed; a receiver knows what it has by the ids of events."""
    states = ("failed", "delivered") if delivered else ("failed",)
    with ledger() as conn:
        found = acts.replay(conn, endpoint, changed_by(by, reason), states, delivery or (), limit)
    if found is None:
        _fail(endpoint)
    if as_json:
        output.print_json({"endpoint": endpoint, "deliveries": found})
    else:
        begin = "delivery begins" if len(found) == 1 else "deliveries begin"
        output.say(f"{len(found)} {begin} anew for endpoint {endpoint}.")


def _answer(as_json: bool, endpoint: int, state: str, act: Callable[[Connection], str | None]) -> None:
    with ledger() as conn:
        was = act(conn)
    if was is None:
        _fail(endpoint)
    if as_json:
        output.print_json({"endpoint": endpoint, "was": was, "state": state})
    elif was == state:
        output.say(f"Endpoint {endpoint} was {state} before; nothing was changed.")
    else:
        output.say(f"Endpoint {endpoint} was {was}; it is {state}.")


def _tell_secret(as_json: bool, endpoint: int, secret: str, said: str) -> None:
    if as_json:
        output.print_json({"endpoint": endpoint, "secret": secret})
    else:
        output.say(f"Endpoint {endpoint} {said}. Keep its secret, for it is not shown again:")
        output.say(secret)


def _fail(endpoint: int) -> NoReturn:
    output.fail(f"there is no endpoint {endpoint}; `bellwork webhooks list` shows them")


def _row(each: dict[str, Any]) -> list[Any]:
    return [each["id"], each["state"], words.shortened(each["url"], 80), ", ".join(each["events"] or ["all"]),
            each["waiting"], each["failed"], words.moment(each["failing_since"]) if each["failing_since"] else "-",
            words.shortened(each["why"] or "-", 80)]  # fmt: skip


def _shown(url: str) -> str:
    """Leave out what may be a secret: a query, and who signs in."""
    return re.sub(r"//[^/@]*@", "//***@", url.partition("?")[0].partition("#")[0])
