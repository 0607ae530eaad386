"""Prints certificates as two other libraries do: `certificates.py weasyprint|reportlab COUNT`; answers CPU seconds.

The words, the face and the QR code are those of Bellwork's page; what is drawn once for a process is drawn before.
"""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import zxingcpp
from pymupdf_fonts import fontbuffers

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "https://learn.example/verify/LC-2026-{number:06}"
COURSE = "Programming with Python"
_HTML = """<html lang="en"><head><title>{course}: certificate {number}</title><style>
@font-face {{ font-family: FiraGO; src: url(file://{folder}/regular.ttf) }}
@font-face {{ font-family: FiraGO; font-weight: bold; src: url(file://{folder}/bold.ttf) }}
@page {{ size: A4 landscape; margin: 20mm 28mm }}
body {{ font: 12pt FiraGO; text-align: center; color: #22303c }} b {{ font-size: 34pt }} h1 {{ font-size: 24pt }}
</style></head><body><p>CERTIFICATE OF COMPLETION</p><p>This certifies that</p><p><b>{name}</b></p>
<p>has completed the course</p><h1>{course}</h1><p>LearnCraft<br>Issued on 1 March 2026<br>{number}<br>
<a href="{url}">{url}</a></p><div style="width: 30mm">{qr}</div></body></html>"""


def weasyprint(folder: Path) -> Callable[[int], bytes]:
    """HTML and CSS, as PDF/A-2b; fonts are read once."""
    from weasyprint import HTML  # noqa: PLC0415 - one library a process
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    config: Any = FontConfiguration()

    def make(number: int) -> bytes:
        url = URL.format(number=number)
        drawn: str = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg(
            add_quiet_zones=False
        )
        code = drawn[drawn.index("<svg") :]
        words = {"folder": folder, "course": COURSE, "name": f"Ada Moss {number}", "number": number}
        page = _HTML.format(**words, url=url, qr=code)
        found: bytes = HTML(string=page).write_pdf(font_config=config, pdf_variant="pdf/a-2b")
        return found

    return make


def reportlab(folder: Path) -> Callable[[int], bytes]:
    """A canvas, drawn by hand, which is no PDF/A and has no tags; fonts are read once."""
    from reportlab.graphics import renderPDF  # noqa: PLC0415 - one library a process
    from reportlab.graphics.barcode.qr import QrCodeWidget  # noqa: PLC0415
    from reportlab.graphics.shapes import Drawing  # noqa: PLC0415
    from reportlab.lib.pagesizes import A4, landscape  # noqa: PLC0415
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    for name in ("regular", "bold"):
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
    width, height = landscape(A4)

    def make(number: int) -> bytes:
        url, out = URL.format(number=number), io.BytesIO()
        canvas: Any = Canvas(out, pagesize=(width, height))
        lines = (
            ("regular", 15, "CERTIFICATE OF COMPLETION"),
            ("regular", 12, "This certifies that"),
            ("bold", 34, f"Ada Moss {number}"),
            ("regular", 12, "has completed the course"),
            ("regular", 24, COURSE),
            ("regular", 12, "LearnCraft"),
            ("regular", 12, "Issued on 1 March 2026"),
            ("regular", 9.5, url),
        )
        for at, (font, size, words) in enumerate(lines):
            canvas.setFont(font, size)
            canvas.drawCentredString(width / 2, height - 120 - 45 * at, words)
        code = Drawing(85, 85)
        code.add(QrCodeWidget(url, barWidth=85, barHeight=85, barLevel="M"))
        renderPDF.draw(code, canvas, width - 165, 57)
        canvas.save()
        return out.getvalue()

    return make


def main() -> None:
    """Print one, then as many as were asked for, and say what CPU those took."""
    folder = Path(mkdtemp())
    for name, weight in (("figo", "regular"), ("figbo", "bold")):
        (folder / f"{weight}.ttf").write_bytes(fontbuffers[name]())
    make = {"weasyprint": weasyprint, "reportlab": reportlab}[sys.argv[1]](folder)
    assert make(0).startswith(b"%PDF")
    began = time.process_time()
    for number in range(int(sys.argv[2])):
        make(number)
    sys.stdout.write(f"{time.process_time() - began}\n")


if __name__ == "__main__":
    main()
