"""Renders a lesson as a film: the file appears whole under its name, or not at all."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import ProviderError
from bellwork.tasks.providers.extras import extra
from bellwork.tasks.providers.files import discard, publish
from bellwork.tasks.providers.video.protocol import HEIGHT, WIDTH, Film

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bellwork.tasks.providers.llm.protocol import Script
    from bellwork.tasks.providers.speech.protocol import Narration


def render(
    script: Script,
    narration: Narration,
    out_path: Path,
    figure: bytes | None = None,
    progress: Callable[[float], None] | None = None,
) -> Film:
    """Write a film of 1280 x 720 pixels (H.264, AAC, mov_text captions) to `out_path`, replacing what is there.

    `figure` is a PNG, JPEG, WebP or GIF that is shown while the topic is explained; FigureUnreadable names it by the
    beginning of its SHA-256 where it is none of these. `progress` is told the finished share, 0 to 1, about once for
    each second of film. Raises ProviderError where the disk or the encoder fails; nothing is left behind then.
    """
    with extra("media", "a film"):
        import av  # noqa: PLC0415 - an extra: whoever renders no films need not install it

        from bellwork.tasks.providers.video import film  # noqa: PLC0415 - needs the same extra
        from bellwork.tasks.providers.video.figure import read_figure  # noqa: PLC0415 - and so does this
    picture = read_figure(figure) if figure is not None else None
    part = out_path.with_name(f"{out_path.name}.{uuid.uuid4().hex}.part")
    try:
        film.write(script, narration, part, picture, progress or _ignore)
        size = part.stat().st_size
        publish(part, out_path)
    except (av.FFmpegError, OSError) as broken:
        raise ProviderError(f"the film {out_path.name!r} could not be written: {broken}") from broken
    finally:
        discard(part)
    return Film(narration.duration, WIDTH, HEIGHT, size)


def _ignore(_share: float) -> None:
    pass
