"""Which job takes a video on: what `bellwork reconcile` holds videos, parts and jobs against."""

from __future__ import annotations

from bellwork.db.vocabulary import Pipeline, Stage

_VIDEO, _PART = {"video_id": "id"}, {"part_id": "id"}
_PARTS = "EXISTS (SELECT FROM {courses}.video_parts p WHERE p.video_id = r.id)"
# The parts of one stretch share the job of its lowest rung, which every film has.
_STRETCH = """'courses.encode_part:' || (SELECT p.id FROM {courses}.video_parts p
    WHERE p.video_id = r.video_id AND p.part_no = r.part_no AND p.rung = '360p')"""
_WAITING = "EXISTS (SELECT FROM {courses}.video_parts p WHERE p.video_id = r.id AND p.state = 'waiting')"

#: A video whose parts are being made waits for none of its own.
VIDEOS = Pipeline(
    "courses.videos",
    table="videos",
    stages=(
        Stage("processing", "courses.process_video", _VIDEO, where=f"NOT {_PARTS}"),
        Stage("processing", "courses.join_video", _VIDEO, where=f"{_PARTS} AND NOT {_WAITING}"),
    ),
    final=("ready", "failed"),
)
VIDEO_PARTS = Pipeline(
    "courses.video_parts",
    table="video_parts",
    stages=(
        Stage("waiting", "courses.encode_part", _PART, key=_STRETCH, where="r.rung NOT IN ('audio', 'captions')"),
        Stage("waiting", "courses.encode_part", _PART, where="r.rung = 'audio'"),
        Stage("waiting", "courses.transcribe_video", _PART, where="r.rung = 'captions'"),
    ),
    final=("done", "failed"),
    status="state",
    since="changed_at",
)
