"""`bellwork letters`: what became of letters, sending one again, and addresses that get none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bellwork.db.letters import acts, look, read_hold
from bellwork.db.letters.states import ENDINGS, PENDING, RESENDABLE, SENDING
from bellwork.db.letters.suppress import masked
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger
from bellwork.ops.cli.who import Who, Why, changed_by
from bellwork.ops.look import lists

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

app = typer.Typer(no_args_is_help=True)

States = (PENDING, SENDING, *ENDINGS)
Letter = Annotated[str, typer.Argument(metavar="LETTER", help="Its id, or its key.")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The address, or its hash (`letters stopped`).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest first.")]


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help=f"Only letters that are {', '.join(States)}.")] = None,
    system: Annotated[str | None, typer.Option(help="Only letters of this system.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List letters: how each stands and why; of nobody the name or the address."""
    if state is not None and state not in States:
        output.fail(f"there is no state {state!r}; there are {', '.join(States)}")
    with ledger() as conn:
        found = look.list_letters(conn, limit, state, system)
        held, sums = read_hold(conn), look.sums(conn)
    if as_json:
        output.print_json(lists.letters(found, limit, held, sums))
        return
    if held:
        output.say(f"All letters are held since {words.moment(held.since)}: {held.said}", "yellow")
    columns = ["id", "state", "key", "kind", "posted", "due or settled", "why"]
    output.table(columns, [_row(letter) for letter in found], right=["id"])
    if not found:
        output.say("No letter is like that.")


@app.command()
def show(letter: Letter, as_json: AsJson = False) -> None:
    """Show everything about a letter but its reader and its words."""
    with ledger() as conn:
        found = look.show_letter(conn, letter)
    if found is None:
        output.fail(f"there is no letter {letter!r}; `bellwork letters list` shows the newest")
    if as_json:
        output.print_json(found)
        return
    output.say(f"Letter {found['id']} ({found['key']}): {found['state']}", "bold")
    shown = {name: value for name, value in found.items() if name not in {"id", "key", "state", "bounced"}}
    output.table(["", ""], [[name.replace("_", " "), _text(value)] for name, value in shown.items()])
    for bounce in found["bounced"]:
        output.say(
            f"{words.moment(bounce['at'])} {bounce['kind']} {bounce['status'] or ''} {bounce['said'] or ''}".rstrip()
        )


@app.command()
def resend(letter: Letter, reason: Why, by: Who = None, as_json: AsJson = False) -> None:
    """Send a letter that is unknown or refused; of an unknown one its reader may get two."""
    done = _act(letter, lambda conn, found: acts.resend(conn, found, changed_by(by, reason)), " or ".join(RESENDABLE))
    _answer(as_json, *done, "it waits to be sent")


@app.command()
def believe(letter: Letter, reason: Why, by: Who = None, as_json: AsJson = False) -> None:
    """Call an unknown letter sent, for somebody knows that it came."""
    done = _act(letter, lambda conn, found: acts.believe_sent(conn, found, changed_by(by, reason)), "unknown")
    _answer(as_json, *done, "it counts as sent")


@app.command()
def stopped(
    address: Annotated[str | None, typer.Argument(metavar="[ADDRESS]", help="Why this one gets no letters.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List addresses, by their hash, that get no letters, or none of one list, and why."""
    with ledger() as conn:
        found = look.list_suppressed(conn, limit, address)
    if as_json:
        output.print_json({"addresses": [each._asdict() for each in found], "limit": limit})
        return
    columns = ["hash", "domain", "list", "why", "since", "said"]
    rows = [
        [
            masked(each.address_hash),
            each.domain or "-",
            each.list or "all",
            each.why,
            words.moment(each.at),
            each.said or "-",
        ]
        for each in found
    ]
    output.table(columns, rows)
    if not found:
        output.say("It gets letters." if address else "Every address gets letters.")


@app.command()
def stop(address: Address, reason: Why, by: Who = None, as_json: AsJson = False) -> None:
    """Let no letter go to an address any more."""
    if "@" not in address:
        output.fail(f"{words.shortened(address, 40)!r} is no address")
    with ledger() as conn:
        changed = acts.stop(conn, address, changed_by(by, reason))
    if as_json:
        output.print_json({"changed": changed})
    else:
        output.say("No letter goes there any more." if changed else "No letter went there before; nothing was changed.")


@app.command()
def lift(
    address: Address,
    reason: Why,
    of: Annotated[str | None, typer.Option("--list", help="Only of this list, system.kind.")] = None,
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Let letters go to an address again that bounced, complained, unsubscribed or was stopped."""
    with ledger() as conn:
        found = acts.lift(conn, address, changed_by(by, reason), of)
    if as_json:
        output.print_json({"lifted": [each._asdict() for each in found]})
    elif found:
        output.say(f"Letters go there again; what stood against it: {', '.join(each.why for each in found)}.")
    else:
        output.say("Nothing stood against it; nothing was changed.")


@app.command()
def bounce(as_json: AsJson = False) -> None:
    """Read one mail server's report about a letter of ours from standard input, as a pipe of a mail server gives it."""
    from bellwork.tasks.mail.bounces import take_report  # noqa: PLC0415 - loads the engine, which other commands do without

    content = sys.stdin.buffer.read()
    with ledger() as conn:
        taken = take_report(conn, content)
    if as_json:
        output.print_json({"reports": [each._asdict() for each in taken]})
    else:
        output.say(", ".join(f"{each.kind} (letter {each.letter})" for each in taken) or "It was read before.")


def _act(letter: str, act: Callable[[Connection, int], str | None], wanted: str) -> tuple[int, str]:
    """Do something to a letter and return its id and what it was; ends the command where it is another one."""
    with ledger() as conn:
        found = look.show_letter(conn, letter)
        was = act(conn, found["id"]) if found else None
    if found is None:
        output.fail(f"there is no letter {letter!r}; `bellwork letters list` shows the newest")
    if was is None:
        output.fail(f"letter {found['id']} is {found['state']}; this is for one that is {wanted}")
    return found["id"], was


def _answer(as_json: bool, letter: int, was: str, done: str) -> None:
    if as_json:
        output.print_json({"letter": letter, "was": was})
    else:
        output.say(f"Letter {letter} was {was}; {done}.")


def _row(letter: dict[str, Any]) -> list[Any]:
    at = letter["settled_at"] or letter["not_before"]
    why = words.shortened(letter["reason"] or "", 80)
    return [letter["id"], letter["state"], letter["key"], f"{letter['system']}.{letter['kind']}",
            words.moment(letter["posted_at"]), words.moment(at), why]  # fmt: skip


def _text(value: Any) -> str:
    if value is None or value == "":
        return "-"
    return words.moment(value) if hasattr(value, "isoformat") else str(value)
