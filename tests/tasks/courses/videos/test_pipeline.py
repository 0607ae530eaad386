"""The way of a video from upload to ready or failed: each part once, each told once, whatever is delivered twice."""

from __future__ import annotations

import sys
import threading
from itertools import pairwise
from typing import TYPE_CHECKING

import m3u8
import pytest

from bellwork.db.courses.videos.fail import fail_video
from bellwork.db.courses.videos.parts import finish_part, read_part
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.tasks.courses.objects import tidy_objects
from bellwork.tasks.courses.videos import films, process
from bellwork.tasks.courses.videos.encode import encode_part
from bellwork.tasks.courses.videos.join import join_video
from bellwork.tasks.courses.videos.process import process_video
from bellwork.tasks.courses.videos.transcribe import transcribe_video
from bellwork.tasks.providers.storage.folder import Folder
from bellwork.workers.testing import drain, enqueued, run_due, run_inline
from tests.tasks.courses.videos import rows
from tests.tasks.courses.videos.films import Order, make, play, times_of

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from tests.tasks.courses.videos.conftest import Upload
    from tests.tasks.courses.videos.uploads import Uploaded


def begin(video: Uploaded) -> None:
    """Process a video in parts of four seconds, up to its planned parts."""
    done = run_inline(process_video, video_id=video.video, part_seconds=4)
    assert done["state"] == "done", done["errors"]


def test_a_film_becomes_a_ladder(upload: Upload, spoken: Path) -> None:
    """Every frame can be played, captions and summary are there, and the instructor is told once."""
    uploaded = upload(spoken)
    begin(uploaded)
    drain()
    video = rows.video(uploaded.video)
    assert (video["status"], video["duration_seconds"], video["transcript_by"]) == ("ready", 10, "captions")
    assert video["file_size_bytes"] == spoken.stat().st_size
    assert "A rocket pushes gas, <and> gas pushes it." in video["transcript"]
    assert video["ai_summary"].startswith("Every push has a partner")
    times = times_of(play(rows.path_of(video["hls_url"])))
    assert [round(after - before, 6) for before, after in pairwise(times)] == [0.1] * 99
    master = m3u8.load(str(rows.path_of(video["hls_url"])))
    assert {each.type for each in master.media} == {"AUDIO", "SUBTITLES"}
    captions = rows.path_of(video["hls_url"]).parent / next(e.uri for e in master.media if e.type == "SUBTITLES")
    vtt = (captions.parent / m3u8.load(str(captions)).segments[0].uri).read_text()
    assert "00:00:03.500 --> 00:00:08.000\nA rocket pushes gas, &lt;and&gt; gas pushes it." in vtt
    assert rows.path_of(video["thumbnail_url"]).read_bytes().startswith(b"\xff\xd8")
    assert [row["quality"] for row in rows.qualities(uploaded.video)] == ["360p"]
    assert [(row["kind"], row["recipient"]) for row in rows.notices()] == [
        ("courses.video_ready", str(uploaded.instructor))
    ]


def test_everything_twice_and_late(upload: Upload, spoken: Path) -> None:
    """Each job a second time, before and after: the same rows, the same objects, one notice."""
    uploaded = upload(spoken)
    begin(uploaded)
    first = {job["id"]: job for job in enqueued()}
    begin(uploaded)
    assert {job["id"] for job in enqueued()} == first.keys()
    drain()
    left = (rows.video(uploaded.video), rows.parts(uploaded.video), rows.objects(), rows.notices())
    begin(uploaded)
    for job in first.values():
        actor = transcribe_video if job["actor"] == "courses.transcribe_video" else encode_part
        assert run_inline(actor, **job["args"])["state"] == "done"
    run_inline(join_video, video_id=uploaded.video)
    drain()
    assert left == (rows.video(uploaded.video), rows.parts(uploaded.video), rows.objects(), rows.notices())


def test_parts_are_planned_once(upload: Upload, spoken: Path) -> None:
    """A second job that wants shorter parts, while the first one's wait, adds none: no stretch is made twice."""
    uploaded = upload(spoken)
    run_inline(process_video, video_id=uploaded.video, part_seconds=8)
    planned = rows.parts(uploaded.video)
    begin(uploaded)
    assert rows.parts(uploaded.video) == planned


@pytest.mark.parametrize("seconds", [-4, 0, 6])
def test_parts_that_hold_no_whole_segments(upload: Upload, spoken: Path, seconds: int) -> None:
    """They are refused with what may be given, before the film is opened."""
    uploaded = upload(spoken)
    assert run_inline(process_video, video_id=uploaded.video, part_seconds=seconds)["state"] == "dead"
    assert f"part_seconds is {seconds}; give a multiple of 4" in rows.video(uploaded.video)["failed_because"]


def test_the_last_part_joins_once(upload: Upload, tall: Path) -> None:
    """Seven parts that end at the same moment, each reported by two workers: exactly one of all is the last."""
    uploaded = upload(tall)
    begin(uploaded)
    ids = [row["id"] for row in rows.parts(uploaded.video)]
    assert len(ids) == 7
    gate, last = threading.Barrier(2 * len(ids)), []

    def finish(part_id: UUID) -> None:
        gate.wait(10)
        with transaction() as conn:
            if finish_part(conn, part_id, "courses/a-key", 1, None):
                last.append(part_id)

    workers = [threading.Thread(target=finish, args=(each,)) for each in ids for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(last) == 1
    assert {row["state"] for row in rows.parts(uploaded.video)} == {"done"}


def test_rungs_share_their_borders(upload: Upload, tall: Path) -> None:
    """Of a film of 720 lines there are two rungs, whose segments begin at the same times; no sound, no words."""
    uploaded = upload(tall)
    begin(uploaded)
    drain()
    video = rows.video(uploaded.video)
    assert video["status"] == "ready"
    assert video["no_transcript_because"] == "the film has neither sound nor captions"
    assert video["no_summary_because"] == video["no_transcript_because"]
    listed = {row["quality"]: m3u8.load(str(rows.path_of(row["url"]))) for row in rows.qualities(uploaded.video)}
    durations = {label: [segment.duration for segment in each.segments] for label, each in listed.items()}
    assert durations["360p"] == durations["720p"] == [4.0, 4.0, pytest.approx(2, abs=0.5)]
    master = m3u8.load(str(rows.path_of(video["hls_url"])))
    assert [each.stream_info.resolution for each in master.playlists] == [(720, 360), (1440, 720)]
    assert not master.media


def test_a_stretch_is_one_job_for_all_rungs(upload: Upload, tall: Path) -> None:
    """Three stretches of two rungs are three jobs; what of a stretch is made already is not made again."""
    uploaded = upload(tall)
    begin(uploaded)
    first, *others = enqueued("courses.encode_part")
    assert len(others) == 2
    stretch = [row for row in rows.parts(uploaded.video) if row["part_no"] == 0 and row["rung"] != "captions"]
    low, high = sorted(stretch, key=lambda row: row["rung"])
    assert (low["rung"], high["rung"]) == ("360p", "720p")
    assert str(low["id"]) == first["args"]["part_id"]
    with transaction() as conn:
        finish_part(conn, low["id"], "courses/by-another", 1, None)
    run_due([first["id"]])
    made = {row["rung"]: row for row in rows.parts(uploaded.video) if row["part_no"] == 0}
    assert made["360p"]["key"] == "courses/by-another"
    assert made["720p"]["state"] == "done"
    assert {row["state"] for row in rows.parts(uploaded.video) if row["part_no"]} == {"waiting"}


def test_a_film_that_was_planned_with_a_job_for_each_rung(upload: Upload, tall: Path) -> None:
    """Such jobs of a release before end as any others: the first of a stretch makes all of it, others find it done."""
    uploaded = upload(tall)
    begin(uploaded)
    for row in rows.parts(uploaded.video):
        if row["rung"] == "720p":
            key = f"courses.encode_part:{row['id']}"
            encode_part.send_with_options(kwargs={"part_id": row["id"]}, unique_key=key)
    assert len(enqueued("courses.encode_part")) == 6
    drain()
    assert rows.video(uploaded.video)["status"] == "ready"
    assert rows.troubles() == []


@pytest.mark.parametrize("content", [b"", b"<html>", None])
def test_what_is_no_film_fails_with_its_reason(upload: Upload, tmp_path: Path, content: bytes | None) -> None:
    """At once, without a retry; the row and the instructor are told why, once."""
    film = tmp_path / "film.mp4"
    if content is None:
        make(film, Order((0, 0.04), 16_400, 16, codec="mjpeg", options={}), "matroska")
    else:
        film.write_bytes(content)
    uploaded = upload(film)
    job = run_inline(process_video, video_id=uploaded.video)
    assert job["state"] == "dead"
    video = rows.video(uploaded.video)
    assert video["status"] == "failed"
    assert "pixels" in video["failed_because"] or "cannot be read as a film" in video["failed_because"]
    run_inline(process_video, video_id=uploaded.video)
    assert rows.video(uploaded.video)["run"] == 2
    assert [row["kind"] for row in rows.notices()] == ["courses.video_failed"] * 2
    assert rows.notices()[0]["body"]["reason"] == video["failed_because"]


def test_a_film_elsewhere(upload: Upload, spoken: Path) -> None:
    """A URL that is not the storage's is never opened."""
    uploaded = upload(spoken)
    with transaction() as conn:
        conn.execute(sql("UPDATE {courses}.videos SET original_url = 'file:///etc/passwd'"))
    assert run_inline(process_video, video_id=uploaded.video)["state"] == "dead"
    assert "is not below" in rows.video(uploaded.video)["failed_because"]


def test_a_decoder_that_crashes(upload: Upload, spoken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends its own process, and is tried again; where it crashes each time the video has failed with that reason."""
    uploaded = upload(spoken)
    begin(uploaded)
    orders = tmp_path / "orders"
    orders.mkdir()
    monkeypatch.setenv("FAILPOINTS", str(orders))
    (orders / "in_encoder.pictures").write_text("segv")
    drain(later=True)
    assert rows.video(uploaded.video)["status"] == "ready"

    again = upload(spoken)
    begin(again)
    (orders / "in_encoder.sound.always").write_text("segv")
    drain(later=True)
    video = rows.video(again.video)
    assert video["status"] == "failed"
    assert "the encoder was ended by SIGSEGV in its step 'sound'" in video["failed_because"]
    assert {row["state"] for row in rows.parts(again.video)} <= {"done", "failed"}


def test_a_full_disk(upload: Upload, spoken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a part cannot be stored it is tried again, and nothing points to what is not there."""
    uploaded = upload(spoken)
    begin(uploaded)
    [part] = list(enqueued("courses.encode_part"))[:1]
    monkeypatch.setattr(sys.modules["bellwork.tasks.providers.storage.folder"], "create", _full)

    run_due([part["id"]])
    monkeypatch.undo()
    assert {row["state"] for row in rows.parts(uploaded.video)} == {"waiting"}
    drain(later=True)
    assert rows.video(uploaded.video)["status"] == "ready"


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_part_of_a_video_that_is_over(upload: Upload, spoken: Path) -> None:
    """A job that comes late to a failed run, or to one that was begun anew, does nothing."""
    uploaded = upload(spoken)
    begin(uploaded)
    late = enqueued("courses.encode_part")[0]["args"]
    with transaction() as conn:
        assert fail_video(conn, uploaded.video, "an operator stopped it")
        assert not fail_video(conn, uploaded.video, "again")
        assert read_part(conn, late["part_id"]) is None
        assert finish_part(conn, late["part_id"], "key", 1, None) is None
    begin(uploaded)
    with transaction() as conn:
        assert read_part(conn, late["part_id"]) is None
    drain()
    assert rows.video(uploaded.video)["status"] == "ready"


def test_playlists_come_last(upload: Upload, spoken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the playlist that a player opens is stored, all that it leads to is there."""
    uploaded = upload(spoken)
    stored: list[str] = []
    put = Folder.put

    def noting(self: Folder, key: str, content: bytes | Path) -> str:
        stored.append(key)
        return put(self, key, content)

    monkeypatch.setattr(Folder, "put", noting)
    begin(uploaded)
    drain()
    lists = [key for key in stored if key.endswith(".m3u8")]
    assert stored[-len(lists) :] == lists
    assert "/master-" in stored[-1]


def test_a_video_that_was_measured_is_not_measured_again(
    upload: Upload, spoken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second job for it opens no film: its parts are planned."""
    uploaded = upload(spoken)
    begin(uploaded)
    monkeypatch.setattr(process, "opened", None)
    begin(uploaded)


def _age() -> None:
    with transaction() as conn:
        conn.execute(sql("UPDATE {courses}.video_objects SET stored_at = stored_at - interval '25 hours'"))


def test_what_nothing_names_leaves_the_storage_a_day_later(upload: Upload, spoken: Path) -> None:
    """All of a run that failed but for the film; of a ladder that plays, what a transcriber heard, and no more."""
    ready, failed, runs = upload(spoken), upload(spoken), upload(spoken)
    begin(ready)
    films.put_as(ready.video, f"{films.place(ready.video)}/heard/x-00000.json", b"[]")
    begin(failed)
    drain()
    with transaction() as conn:
        conn.execute(sql("UPDATE {courses}.videos SET status = 'failed' WHERE id = :id"), {"id": failed.video})
    begin(runs)
    before = rows.objects()
    run_inline(tidy_objects)
    assert before == rows.objects()
    _age()
    for _ in range(2):
        assert run_inline(tidy_objects)["state"] == "done"
    gone, there = before.keys() - rows.objects().keys(), rows.objects().keys()

    assert {key for key in before if str(failed.video) in key or "/heard/" in key} == gone
    assert {key for key in before if str(runs.video) in key} <= there
    assert len(times_of(play(rows.path_of(rows.video(ready.video)["hls_url"])))) == 100
    assert rows.video(failed.video)["thumbnail_url"] is None
    drain()
    assert rows.video(runs.video)["status"] == "ready"
    begin(failed)
    drain()
    assert len(times_of(play(rows.path_of(rows.video(failed.video)["hls_url"])))) == 100


def test_objects_of_a_video_whose_row_is_gone_leave_too(upload: Upload, spoken: Path) -> None:
    """They are found by what was written down before they were stored."""
    uploaded = upload(spoken)
    begin(uploaded)
    with transaction() as conn:
        conn.execute(sql("DELETE FROM {courses}.videos WHERE id = :id"), {"id": uploaded.video})
    _age()
    run_inline(tidy_objects)
    assert [] == [key for key in rows.objects() if str(uploaded.video) in key]
