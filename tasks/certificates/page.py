"""Prints a certificate: a tagged PDF/A-2b of one page, the same bytes each time (typst 0.15)."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.db.settings import settings
from bellwork.tasks.certificates.facts import CertificateError, verification_url
from bellwork.tasks.certificates.fonts import FACES, fonts
from bellwork.tasks.certificates.letters import legible
from bellwork.tasks.providers.extras import extra

if TYPE_CHECKING:
    from bellwork.tasks.certificates.facts import Facts

#: What typst says of each letter that none of the faces has.
_NOT_WRITTEN = re.compile(r'the text `"((?:[^"\\]|\\.)+?)"` could not be displayed')
_SHOWN = 10


class Unprintable(CertificateError):  # noqa: N818 - the page is, not the error
    """A name or a title has letters that no face can write; `letters` are those."""

    def __init__(self, letters: tuple[str, ...]) -> None:
        self.letters = letters
        named = ", ".join(f"{each} ({_points(each)})" for each in letters[:_SHOWN])
        more = f" and {len(letters) - _SHOWN} more" if len(letters) > _SHOWN else ""
        super().__init__(
            f"no font of the certificates can write {named}{more}; put a font that has them into the folder"
            " CERTIFICATES_FONTS, and retry the job"
        )


def print_page(facts: Facts) -> bytes:
    """Return the page as a PDF; raises Unprintable, CertificateError for an empty name or title, and MissingExtra."""
    with extra("certificates", "a certificate"):
        import typst  # noqa: PLC0415 - an extra, 84 MB
    said = json.dumps(_said(facts))
    faces = fonts(settings().certificates_fonts)
    moment = int(facts.issued_at.timestamp())
    try:
        page = typst.compile(
            _layout(), font_paths=faces, sys_inputs={"said": said}, pdf_standards=["a-2b"], timestamp=moment
        )
    except typst.TypstError as refused:
        letters = tuple(dict.fromkeys(_NOT_WRITTEN.findall(refused.diagnostic)))
        if not letters:
            raise
        raise Unprintable(letters) from refused
    return page


def _said(facts: Facts) -> dict[str, object]:
    url = verification_url(facts.number)
    holder, course = legible(facts.holder), legible(facts.course)
    if not holder or not course:
        raise CertificateError(
            f"the certificate {facts.number} has no {'name' if not holder else 'title'} that can be read;"
            " write one into the row, and retry the job"
        )
    return {
        "faces": FACES,
        "title": f"{course}: certificate {facts.number}",
        "issuer": settings().certificates_issuer,
        "heading": "Certificate of completion",
        "lead": "This certifies that",
        "holder": holder,
        "middle": "has completed the course",
        "course": course,
        "issued": f"Issued on {facts.date}",
        "number": facts.number,
        "url": url,
        "qr": _qr(url) if url else None,
        "qr-says": f"QR code of {url}",
    }


def _qr(url: str) -> str:
    import zxingcpp  # noqa: PLC0415 - an extra

    code = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return str(code.to_svg(add_quiet_zones=False))


@cache
def _layout() -> bytes:
    return Path(__file__).with_name("page.typ").read_bytes()


def _points(letters: str) -> str:
    return " ".join(f"U+{ord(each):04X}" for each in letters)
