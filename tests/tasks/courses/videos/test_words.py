"""What is said in a video, by whom it is written, and why it is not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bellwork.db.courses.videos.begin import begin_video
from bellwork.db.courses.videos.fail import fail_video
from bellwork.db.courses.videos.pipelines import VIDEO_PARTS, VIDEOS
from bellwork.db.engine import forget, transaction
from bellwork.db.pipelines import compare
from bellwork.db.sql import sql
from bellwork.tasks.courses.videos.process import process_video
from bellwork.tasks.courses.videos.transcribe import transcribe_video
from bellwork.tasks.providers.transcripts import Whisper
from bellwork.workers.testing import drain, enqueued, run_inline
from tests.tasks.courses.videos import rows
from tests.tasks.courses.videos.films import Order, make, steady_times
from tests.tasks.providers import openai_server as says

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.tasks.courses.videos.conftest import Upload
    from tests.tasks.courses.videos.uploads import Uploaded

HEARD = {
    "text": "…",
    "segments": [{"start": 0.5, "end": 2.0, "text": "A falling apple and the moon follow one and the same law."}],
}


@pytest.fixture(scope="session")
def mute(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds with a tone and no captions."""
    return make(tmp_path_factory.mktemp("films") / "mute.mp4", Order(steady_times(3, 5), 64, 64, tone=(0, 3)))


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[says.OpenAIServer]:
    """A transcriber that behaves as it is told."""
    server = says.OpenAIServer()
    monkeypatch.setenv("TRANSCRIPTS_BASE_URL", server.base_url)
    yield server
    server.close()


def finish(uploaded: Uploaded) -> dict[str, object]:
    """Process a video to its end, retries included; returns it."""
    forget()
    run_inline(process_video, video_id=uploaded.video)
    drain(later=True)
    return rows.video(uploaded.video)


def test_a_service_hears_it(service: says.OpenAIServer, upload: Upload, mute: Path) -> None:
    """Its words become captions, transcript and summary; the service is asked once."""
    uploaded = upload(mute)
    service.behave(says.status(200, HEARD))
    video = finish(uploaded)
    assert (video["status"], video["transcript_by"], video["no_transcript_because"]) == ("ready", "service", None)
    assert video["transcript"] == video["ai_summary"] == HEARD["segments"][0]["text"]  # type: ignore[index]
    assert len(service.requests) == 1
    assert [key for key in rows.objects() if key.endswith(".vtt")]


def test_a_service_that_fails(service: says.OpenAIServer, upload: Upload, mute: Path) -> None:
    """A refusal, or faults until all retries are gone: the video is ready without a transcript, and says why."""
    service.behave(says.status(401, {}))
    video = finish(upload(mute))
    assert video["status"] == "ready"
    assert "answered 401" in str(video["no_transcript_because"])
    assert "answered 401" in str(video["no_summary_because"])
    assert video["transcript"] is None


def test_nobody_hears_it(upload: Upload, mute: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a service and without the extra there is no transcript, and the row names both."""
    monkeypatch.setattr(Whisper, "is_installed", staticmethod(lambda: False))
    video = finish(upload(mute))
    assert (video["status"], video["transcript"]) == ("ready", None)
    assert "TRANSCRIPTS_BASE_URL" in str(video["no_transcript_because"])


def test_rows_without_their_jobs_are_found(upload: Upload, mute: Path) -> None:
    """A part that lost its job, and a video whose join was lost, are named by the comparison with the ledger."""
    forget()
    uploaded = upload(mute)
    run_inline(process_video, video_id=uploaded.video)
    assert _found() == {}
    with transaction() as conn:
        conn.exec_driver_sql("DELETE FROM bellwork.jobs WHERE actor = 'courses.encode_part'")
    assert _found() == {"courses.video_parts": 2}
    with transaction() as conn:
        conn.exec_driver_sql("UPDATE courses.video_parts SET state = 'done', key = 'courses/a-key'")
        conn.exec_driver_sql("DELETE FROM bellwork.jobs")
    assert not enqueued()
    assert _found() == {"courses.videos": 1}


def _found() -> dict[str, int]:
    found = {pipeline.name: compare(pipeline, age=0) for pipeline in (VIDEOS, VIDEO_PARTS)}
    return {name: sum(each.wrong.values()) for name, each in found.items() if each.wrong}


@pytest.mark.parametrize("while_it", ["_heard", "_summed_up"])
def test_words_of_a_film_that_was_replaced(
    upload: Upload, spoken: Path, monkeypatch: pytest.MonkeyPatch, while_it: str
) -> None:
    """A video that failed and was begun anew while its old film was heard gets no word of that one."""
    uploaded = upload(spoken)
    run_inline(process_video, video_id=uploaded.video)
    module = sys.modules[transcribe_video.fn.__module__]
    found = getattr(module, while_it)

    def replaced(*args: object) -> object:
        with transaction() as conn:
            fail_video(conn, uploaded.video, "an operator stopped it")
            begin_video(conn, uploaded.video)
            conn.execute(sql("UPDATE {courses}.videos SET transcript = NULL"))
        return found(*args)

    monkeypatch.setattr(module, while_it, replaced)
    late = enqueued("courses.transcribe_video")[0]["args"]
    assert run_inline(transcribe_video, **late)["state"] == "done"
    video = rows.video(uploaded.video)
    assert (video["run"], video["transcript"], video["transcript_by"], video["ai_summary"]) == (2, None, None, None)
