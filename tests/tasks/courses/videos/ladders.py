"""Makes a whole ladder of a film in a folder, without the ledger: what the jobs do, one after the other."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from bellwork.tasks.courses.videos.encoder.apart import Encoder
from bellwork.tasks.courses.videos.encoder.facts import Rung, Source, part_count, rungs_of, size_of
from bellwork.tasks.courses.videos.encoder.steady import Span
from bellwork.tasks.courses.videos.playlists import Variant, bits, master_playlist, media_playlist, target_seconds

if TYPE_CHECKING:
    from pathlib import Path

    from bellwork.tasks.courses.videos.encoder.boxes import Piece

#: Seconds of a part and of a segment.
PART, SEGMENT = 4, 2


def probe(film: Path, seconds: float = 30) -> Source:
    """Measure a film."""
    with film.open("rb") as file:
        return Encoder(file, film.stat().st_size, seconds).probe()


def make_ladder(film: Path, folder: Path) -> Path:
    """Write all parts and playlists of a film into a folder; returns the playlist that a player opens."""
    folder.mkdir(exist_ok=True)
    with film.open("rb") as file:
        encoder = Encoder(file, film.stat().st_size, 60)
        source = encoder.probe()
        rungs = _parts(encoder, source, folder)
        sound = [("sound.mp4", encoder.sound(folder / "sound.mp4", source, SEGMENT))] if source.has_sound else []
    target = target_seconds(piece for parts in (*rungs.values(), sound) for _, piece in parts)
    variants = []
    for rung, parts in rungs.items():
        (folder / f"{rung.label}.m3u8").write_text(media_playlist(parts, target))
        width, height = size_of(source, rung)
        peak, average = bits([piece for _, piece in parts])
        codecs = ",".join([parts[0][1].codecs, *(piece.codecs for _, piece in sound)])
        variants.append(Variant(f"{rung.label}.m3u8", width, height, float(source.rate), codecs, peak, average))
    if sound:
        (folder / "sound.m3u8").write_text(media_playlist(sound, target))
    master = folder / "master.m3u8"
    master.write_text(master_playlist(variants, "sound.m3u8" if sound else None, None))
    return master


def _parts(encoder: Encoder, source: Source, folder: Path) -> dict[Rung, list[tuple[str, Piece]]]:
    count, rungs = part_count(source, PART, SEGMENT), rungs_of(source)
    parts: dict[Rung, list[tuple[str, Piece]]] = {rung: [] for rung in rungs}
    for number in range(count):
        end = source.seconds if number == count - 1 else Fraction((number + 1) * PART)
        span = Span(Fraction(number * PART), end, SEGMENT, number == count - 1)
        names = [f"{rung.label}-{number}.mp4" for rung in rungs]
        pieces = encoder.pictures(
            source, span, [(folder / name, rung) for name, rung in zip(names, rungs, strict=True)]
        )
        for rung, name, piece in zip(rungs, names, pieces, strict=True):
            parts[rung].append((name, piece))
    return parts
