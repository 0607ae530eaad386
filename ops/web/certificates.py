"""What strangers look up about certificates: one by its number, who signs, and which were revoked; no sign-in.

Of a person nothing is shown but the name that stands on the certificate.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bellwork.db.outdated import through_migrations
from bellwork.db.systems import load, systems
from bellwork.ops.web.asked import NotKnown, ledger
from bellwork.ops.web.look import page
from bellwork.tasks.certificates import BITS, DID, LISTS, VERIFY, CertificateError, issuer, sign_status_list

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from starlette.requests import Request
    from starlette.responses import HTMLResponse

    from bellwork.tasks.certificates import Issuer

_NUMBER = re.compile(r"[A-Za-z0-9-]{1,50}")
#: The lists that a serial number of 64 bits can be in.
_LAST_LIST = (1 << 63) // BITS - 1


@through_migrations
def verify(request: Request) -> HTMLResponse:
    """Show a certificate by its number: name, course, day and whether it is valid; 404 for no number of ours."""
    number = request.path_params["number"]
    if _NUMBER.fullmatch(number):
        with ledger() as conn:
            found = next((shown for _, module in _issuing() if (shown := module.find(conn, number))), None)
        if found is not None:
            return page(request, "verify.html", title=f"Certificate {found.number}", certificate=found)
    return page(request, "verify.html", status=404, title="There is no certificate of this number", certificate=None)


def did(request: Request) -> Response:
    """Say who signs: the DID document of did:web."""
    del request
    return JSONResponse(_signer().document())


def status_list(request: Request) -> Response:
    """Return a list of what was revoked, signed; a copy may be believed for a day, and is made anew each minute."""
    word, number = request.path_params["system"], request.path_params["number"]
    module = dict(_issuing()).get(word)
    if module is None or number > _LAST_LIST:
        raise NotKnown("There is no such list.")
    signer = _signer()
    with ledger() as conn:
        revoked = tuple(module.revoked_serials(conn, number * BITS, (number + 1) * BITS - 1))
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    return Response(_signed(signer, (word, number), revoked, minute), media_type="application/vc+jwt")


@lru_cache(maxsize=64)
def _signed(signer: Issuer, list_: tuple[str, int], revoked: tuple[int, ...], minute: datetime) -> bytes:
    return sign_status_list(signer, list_, revoked, minute)


def _issuing() -> Iterator[tuple[str, ModuleType]]:
    return ((each.word, load(each, each.certificates)) for each in systems() if each.certificates)


def _signer() -> Issuer:
    try:
        found = issuer()
    except CertificateError as refused:
        raise NotKnown("Nothing is signed here: the key cannot be used.") from refused
    if found is None:
        raise NotKnown("Nothing is signed here.")
    return found


ROUTES = (
    Route(f"{VERIFY}/{{number}}", verify),
    Route(DID, did),
    Route(f"{LISTS}/{{system}}/{{number:int}}", status_list),
)
