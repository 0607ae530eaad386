"""`bellwork certificates revoke` and `reissue`: what operators do to one that was issued, by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bellwork.db.systems import load, systems
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger
from bellwork.ops.cli.who import Who, Why, changed_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bellwork.db.vocabulary.certificate import Shown

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Its number, as it stands on the certificate.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(revoke)
    app.command()(reissue)


def revoke(number: Number, reason: Why, by: Who = None, as_json: AsJson = False) -> None:
    """Revoke a certificate: its number stays looked up, and says so; the reason is shown to operators alone."""
    with ledger() as conn:
        act, shown = _find(conn, number, "revoke")
        is_changed = act(conn, number, changed_by(by, reason))
    if not is_changed and not shown.revoked:
        output.fail(f"{number} was not issued here; whoever issued it may revoke it")
    if as_json:
        output.print_json({"number": number, "was": _state(shown), "state": "revoked"})
    elif is_changed:
        output.say(f"{number} is revoked; the list of what was revoked says so within a minute.")
    else:
        output.say(f"{number} was revoked before; nothing was changed.")


def reissue(number: Number, reason: Why, by: Who = None, as_json: AsJson = False) -> None:
    """Issue a certificate again, after a change of name: the same number and a new date; what it replaces is revoked.

    Name and course are those of now. A certificate that was revoked is valid again by it.
    """
    with ledger() as conn:
        act, shown = _find(conn, number, "issue_again")
        asked = act(conn, number, changed_by(by, reason))
    if asked is None:
        output.fail(f"{number} cannot be issued again: it was not issued here, or its learner has left")
    issue_no, job = asked
    if as_json:
        output.print_json({"number": number, "was": _state(shown), "issue_no": issue_no, "job": job})
    else:
        output.say(f"Job {job} makes issue {issue_no} of {number}; its learner is told when it is there.")


def _find(conn: Connection, number: str, act: str) -> tuple[Callable[..., Any], Shown]:
    """Return how a certificate's system does this, and what is shown of it; ends the command where none can."""
    issuing = ((each.word, load(each, each.certificates)) for each in systems() if each.certificates)
    found = ((word, module, shown) for word, module in issuing if (shown := module.find(conn, number)))
    word, module, shown = next(found, (None, None, None))
    if shown is None:
        output.fail(f"there is no certificate {words.shortened(number)!r}")
    if not hasattr(module, act):
        output.fail(f"{number} is of the system {word!r}, which has no {act}(); see docs/systems.md")
    return getattr(module, act), shown


def _state(shown: Shown) -> str:
    return "revoked" if shown.revoked else "valid"
