"""Which job takes a request, or an uploaded class list, on from each status: what `bellwork reconcile` looks at."""

from __future__ import annotations

from bellwork.db.vocabulary import Pipeline, Stage

_PART = "lower(btrim(r.{}, E' \\t\\n\\r'))"
_SHARED = " || '|' || ".join(_PART.format(column) for column in ("topic_id", "interest_id", "style"))
#: The key of the job that a request `r` shares with all requests for the same (Generation.unique_key).
GENERATION_KEY = f"'content.generation:' || encode(sha256(convert_to({_SHARED}, 'UTF8')), 'hex')"
_GENERATION = {"topic_id": "topic_id", "interest_id": "interest_id", "style": "style"}
_REQUEST = {"request_id": "id"}
# A request that was given its film up for good waits for nothing.
_FILM_WANTED = """NOT EXISTS (SELECT FROM {content}.generated_content g
    WHERE g.id = r.generated_content_id AND coalesce(g.generation_metadata, '{}') ? 'video_given_up')"""

REQUESTS = Pipeline(
    "content.requests",
    table="content_requests",
    stages=(
        Stage("nlu_processing", "content.understand", _REQUEST),
        Stage("cache_check", "content.check_cache", _REQUEST),
        Stage("generating_script", "content.write_script", _GENERATION, key=GENERATION_KEY),
        Stage("generating_audio", "content.narrate", _GENERATION, key=GENERATION_KEY),
        Stage("fast_path_ready", "content.render", _GENERATION, key=GENERATION_KEY, where=_FILM_WANTED),
        Stage("generating_video", "content.render", _GENERATION, key=GENERATION_KEY),
    ),
    final=("completed", "failed"),
    where="r.deleted_at IS NULL",
)

_UPLOAD = {"job_id": "id"}
CLASS_LISTS = Pipeline(
    "content.class_lists",
    table="bulk_upload_jobs",
    stages=(
        Stage("queued", "content.read_class_list", _UPLOAD),
        Stage("processing", "content.read_class_list", _UPLOAD),
    ),
    final=("completed", "failed"),
)
