"""Opens a picture from outside: four formats, bounded size, and never a crash of the film."""

from __future__ import annotations

import hashlib
import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from bellwork.tasks.providers.errors import FigureUnreadable

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_MOST_BYTES = 20 * 1024 * 1024
_MOST_PIXELS = 40_000_000
#: A slide shows it no larger.
_SHOWN = (840, 720)


def read_figure(data: bytes) -> Image.Image:
    """Return the picture, upright, on white, and no larger than a slide shows it; raises FigureUnreadable."""
    name = f"the figure {hashlib.sha256(data).hexdigest()[:12]} of {len(data)} bytes"
    if len(data) > _MOST_BYTES:
        raise FigureUnreadable(f"{name} is too large; at most {_MOST_BYTES} bytes are read")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decoded(data)
    except UnidentifiedImageError as unknown:
        raise FigureUnreadable(f"{name} is no PNG, JPEG, WebP or GIF") from unknown
    # A damaged file makes the decoders raise whatever comes to hand: OSError, SyntaxError, struct.error, IndexError.
    except Exception as damaged:
        raise FigureUnreadable(f"{name} cannot be shown: {damaged}") from damaged


def _decoded(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
        picture.verify()
    with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
        if picture.width * picture.height > _MOST_PIXELS:
            raise ValueError(f"it has {picture.width} x {picture.height} pixels, at most {_MOST_PIXELS} are drawn")
        return _on_white(picture)


def _on_white(picture: Image.Image) -> Image.Image:
    picture.thumbnail(_SHOWN)
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    paper = Image.new("RGBA", upright.size, "white")
    return Image.alpha_composite(paper, upright).convert("RGB")
