"""What is said in a video: captions, transcript and summary, or why there are none; the video gets ready either way."""

from __future__ import annotations

import json
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import dramatiq

from bellwork.db.courses.videos.begin import read_video
from bellwork.db.courses.videos.parts import Part, finish_part, read_part
from bellwork.db.courses.videos.texts import Said, Transcript, read_said, write_summary, write_transcript
from bellwork.db.engine import transaction
from bellwork.tasks.courses.outside import outside
from bellwork.tasks.courses.videos.encoder.facts import Source
from bellwork.tasks.courses.videos.films import Film, opened, place, put, put_as
from bellwork.tasks.courses.videos.join import send_join
from bellwork.tasks.providers import (
    Cue,
    Lecture,
    MissingObjectError,
    ProviderFailure,
    Transcriber,
    llm,
    storage,
    transcripts,
    turn,
)
from bellwork.tasks.providers.transcripts import Whisper, write_vtt
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Seconds of one step of the encoder.
_STEP = 800
_NOBODY = "no transcriber is set (TRANSCRIPTS_BASE_URL), and the extra `transcripts` is not installed"


class _Heard(NamedTuple):
    """The cues of a film and who heard them, or why there are none."""

    cues: list[Cue]
    by: str | None
    reason: str | None


def _go_on_without(conn: Connection, args: dict[str, Any], reason: str) -> None:
    """Let a video get ready without what could not be had, and say why."""
    part_id = UUID(args["part_id"])
    part = read_part(conn, part_id)
    if part is None:
        return
    said = read_said(conn, part.video_id)
    if said and not said.settled:
        write_transcript(conn, part_id, Transcript(None, None, None, reason))
    if said and not said.summary:
        write_summary(conn, part_id, None, reason)
    send_join(finish_part(conn, part_id, None, None, None))


@dramatiq.actor(
    actor_name="courses.transcribe_video",
    callers="internal",
    queue_name="content",
    max_retries=3,
    min_backoff=5_000,
    max_backoff=120_000,
    time_limit=7_200_000,
    on_dead=_go_on_without,
)
def transcribe_video(part_id: UUID) -> None:
    """Write a video's captions and transcript, then its summary; what is there is not asked for again.

    Captions that the film brings along are taken; else the transcriber of the settings hears it, if there is one and it
    understands the instructor's language.
    """
    with transaction() as conn:
        part = read_part(conn, part_id)
        said = read_said(conn, part.video_id) if part else None
    if part is None or said is None:
        return
    if not said.settled:
        said = _settle(part)
    if said is None:
        return
    summary, reason = _summed_up(part, said)
    with job.transaction() as conn:
        write_summary(conn, part_id, summary, reason)
        send_join(finish_part(conn, part_id, None, None, None))


def _settle(part: Part) -> Said | None:
    """Get the transcript and keep it at once, so that it is not paid for twice; None where its run is over."""
    with opened(part.original_url, _STEP) as film:
        heard = _heard(part, Source.from_json(part.source), film)
    text = " ".join(" ".join(cue.text.split()) for cue in heard.cues) or None
    key = put(part.video_id, "captions", write_vtt(heard.cues).encode(), "vtt") if heard.cues else None
    with transaction() as conn:
        is_kept = write_transcript(conn, part.id, Transcript(text, heard.by, key, heard.reason))
    return Said(text, None, heard.by, heard.reason) if is_kept else None


def _heard(part: Part, source: Source, film: Film) -> _Heard:
    if source.has_captions:
        cues = [Cue(*each) for each in film.encoder.captions(source)]
        if cues:
            return _Heard(cues, "captions", None)
    if not source.has_sound:
        return _Heard([], None, "the film has neither sound nor captions")
    with transaction() as conn:
        video = read_video(conn, part.video_id)
    language = video.language if video else "en"
    transcriber = transcripts()
    if transcriber is None:
        return _Heard([], None, _NOBODY)
    if not transcriber.hears(language):
        return _Heard([], None, f"the embedded transcriber knows English, and its instructor speaks {language!r}")
    cues = _transcribed(part, source, film, transcriber)
    by = "embedded" if isinstance(transcriber, Whisper) else "service"
    return _Heard(cues, by, None) if cues else _Heard([], None, "nobody speaks in the film")


def _transcribed(part: Part, source: Source, film: Film, transcriber: Transcriber) -> list[Cue]:
    """Have the film heard piece by piece; a piece that was heard before is taken from the storage."""
    cues: list[Cue] = []
    for start in range(0, -int(-source.seconds // 1), transcriber.piece):
        key = f"{place(part.video_id)}/heard/{part.id}-{start:05}.json"
        try:
            piece = json.loads(storage().get(key))
        except MissingObjectError:
            piece = _piece(film, source, transcriber, start)
            put_as(part.video_id, key, json.dumps(piece).encode())
        cues += [Cue(start + begins, start + ends, text) for begins, ends, text in piece]
    return cues


def _piece(film: Film, source: Source, transcriber: Transcriber, start: int) -> list[tuple[float, float, str]]:
    path = film.folder / "speech.wav"
    if not film.encoder.speech(path, source, start, transcriber.piece):
        return []
    with outside(), turn("transcripts"):
        return [astuple(cue) for cue in transcriber.transcribe(path)]


def _summed_up(part: Part, said: Said) -> tuple[str | None, str | None]:
    if not said.transcript:
        return None, said.no_transcript_because
    with transaction() as conn:
        video = read_video(conn, part.video_id)
    try:
        with outside(), turn("llm"):
            return llm().write_summary(Lecture(title=video.title if video else "", transcript=said.transcript)), None
    except (Permanent, ProviderFailure) as failure:
        return None, str(failure)
