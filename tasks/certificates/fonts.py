"""The faces a certificate is written in: FiraGO of the wheel `pymupdf-fonts`, those inside of typst, and a folder.

Fonts of the system are never looked at, so that a page is the same on every machine.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from bellwork.tasks.providers.extras import extra
from bellwork.tasks.scratch import scratch_folder

if TYPE_CHECKING:
    from typst import Fonts

FACES = ("FiraGO", "Libertinus Serif")
#: What stands in the wheel: its name there, and the weight.
_WHEEL = {"figo": "regular", "figbo": "bold"}


@lru_cache(maxsize=2)
def fonts(folder: str | None) -> Fonts:
    """Return all faces, those of the folder last; raises MissingExtra."""
    with extra("certificates", "a certificate"):
        import typst  # noqa: PLC0415 - an extra, 84 MB
        from pymupdf_fonts import fontbuffers  # noqa: PLC0415 - an extra
    with scratch_folder("fonts") as place:
        for name, weight in _WHEEL.items():
            (place / f"{weight}.ttf").write_bytes(fontbuffers[name]())
        found = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=True,
            font_paths=[str(place), *([folder] if folder else [])],
        )
        # typst reads a face at its first use and keeps it: this is the first use, while the files are there.
        for weight in _WHEEL.values():
            typst.compile(f'#text(font: "{FACES[0]}", weight: "{weight}")[a]'.encode(), font_paths=found)
    return found
