"""`bellwork certificates`: make a signing key, publish who signs, and verify what was issued, without a network.

What is done to one that was issued needs the database, and is in certificate_acts.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bellwork.ops import words
from bellwork.ops.cli import certificate_acts, output
from bellwork.tasks.certificates import CertificateError, Refused, credential_name, issuer, make_key, verify

if TYPE_CHECKING:
    from bellwork.tasks.certificates import Issuer, Verified

app = typer.Typer(no_args_is_help=True)
certificate_acts.add_to(app)

_LONGEST = 16 << 20
File = Annotated[Path, typer.Argument(metavar="FILE", help="A certificate: its page (PDF) or its credential (JSON).")]
Did = Annotated[Path | None, typer.Option(metavar="FILE", help="The issuer's did.json; else the settings say who.")]
Status = Annotated[Path | None, typer.Option(metavar="FILE", help="The issuer's list of what was revoked.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def key(file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")]) -> None:
    """Write a new key into a file; CERTIFICATES_PEM names it from then on."""
    try:
        make_key(file)
    except CertificateError as refused:
        output.fail(str(refused))
    output.say(f"The key is in {file}; name it in CERTIFICATES_PEM, and keep a copy where it is safe.")


@app.command()
def did() -> None:
    """Print who signs, as did.json has it; `bellwork web` answers with the same."""
    print(json.dumps(_issuer().document(), indent=2))  # noqa: T201 - this is the command's answer


@app.command("verify")
def verify_(file: File, did: Did = None, status: Status = None, as_json: AsJson = False) -> None:
    """Say whether a certificate is what its issuer signed: the credential, and the page that lies beside it.

    Exit code 0 where it is, 1 where it is not or nothing could be said.
    """
    page, credential = _pair(file)
    known = _object(did) if did else _issuer().document()
    listed = _bytes(status) if status else None
    try:
        found = verify(_bytes(credential), known, page=_bytes(page) if page else None, status_list=listed)
    except Refused as refused:
        _refuse(str(refused), as_json)
    if as_json:
        output.print_json({"valid": True, "reason": None, "certificate": _plain(found)})
        return
    output.say(
        f"{found.number} is valid: {found.course}, issued by {found.issuer} on {found.issued_at:%Y-%m-%d}.", "green"
    )
    if not found.page:
        output.say(
            f"  Only the credential was verified: its page does not lie beside it as {credential.with_suffix('.pdf')}."
        )
    if not found.revocation:
        output.say("  Whether it was revoked since, its own address says, or --status with the issuer's list.")


def _pair(file: Path) -> tuple[Path | None, Path]:
    """Return the page and the credential of which one is named; each lies beside the other."""
    if file.suffix.lower() != ".pdf":
        page = file.with_suffix(".pdf")
        return page if page.is_file() else None, file
    credential = Path(credential_name(str(file)))
    if file.is_file() and not credential.is_file():
        output.fail(f"the page alone proves nothing; its credential is to lie beside it as {credential}")
    return file, credential


def _issuer() -> Issuer:
    try:
        found = issuer()
    except CertificateError as refused:
        output.fail(str(refused))
    if found is None:
        output.fail(
            "the settings name no issuer: set CERTIFICATES_URL and CERTIFICATES_PEM, or name his did.json by --did"
        )
    return found


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            found = opened.read(_LONGEST + 1)
    except OSError as failed:
        output.fail(f"{file} cannot be read: {failed.strerror}")
    if len(found) > _LONGEST:
        output.fail(f"{file} is larger than {_LONGEST >> 20} MB, and no certificate is")
    return found


def _object(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(file))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("id"), str):
        output.fail(f"{file} is no DID document")
    return found


def _refuse(reason: str, as_json: bool) -> NoReturn:
    if as_json:
        output.print_json({"valid": False, "reason": output.shown(reason), "certificate": None})
    output.warn(f"not valid: {reason}")
    raise typer.Exit(1)


def _plain(found: Verified) -> dict[str, Any]:
    return {
        "number": found.number,
        "course": found.course,
        "issuer": found.issuer,
        "issued_at": words.plain(found.issued_at),
        "page": found.page,
        "revocation": found.revocation,
    }
