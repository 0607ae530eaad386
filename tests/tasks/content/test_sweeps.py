"""Nothing waits for ever: lost jobs are sent again, failures are taken up again, and never too often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.content.queries import Generation, list_stuck
from bellwork.db.content.tables import RequestStatus
from bellwork.tasks.content.entries import ENTRIES
from bellwork.tasks.content.pipeline import resume_generation, resume_request
from bellwork.tasks.content.sweeps import expire_clarifications, retry_failed, sweep_stuck
from bellwork.workers.testing import drain, enqueued, run_inline
from tests.tasks.content.lesson import NEWTON_TOPIC, age, ask, change, contents, generation, history, insert, read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tasks.content.conftest import Studio

KNOWN = {"topic_id": NEWTON_TOPIC, "interest_id": "int_basketball"}
STAGES = {
    "nlu_processing": ("content.understand", 1.0),
    "cache_check": ("content.check_cache", 35 / 60),
    "generating_script": ("content.write_script", 2.5),
    "generating_audio": ("content.narrate", 1.5),
    "fast_path_ready": ("content.render", 1.5),
    "generating_video": ("content.render", 10.5),
}


@pytest.mark.usefixtures("school")
@pytest.mark.parametrize("status", STAGES)
def test_a_request_without_a_job_gets_one_after_its_time(status: str) -> None:
    """The stage's own job, once its time-out and half a minute have passed, and not before."""
    actor, minutes = STAGES[status]
    request_id = insert(status=status, metadata={"history": [{"status": status, "at": ""}]}, **KNOWN)
    age(request_id, minutes - 0.1)
    run_inline(sweep_stuck)
    early = enqueued()
    age(request_id, minutes + 0.1)
    for _ in range(2):
        run_inline(sweep_stuck)

    assert [] == early
    assert [actor] == [job["actor"] for job in enqueued()]


@pytest.mark.parametrize("status", ["nlu_processing", "cache_check", "generating_script"])
def test_a_request_whose_job_was_lost_is_completed(studio: Studio, status: str) -> None:
    """Whatever became of its job, the sweep brings it to its end."""
    request_id = insert(status=status, metadata={"history": [{"status": status, "at": ""}]}, **KNOWN)
    age(request_id, 60)
    sweep_stuck.send()
    drain()

    assert "completed" == read(request_id)["status"]
    assert 1 == studio.films


@pytest.mark.usefixtures("school")
def test_stuck_twins_get_one_job() -> None:
    """The generation is sent once, however many wait for it and wherever they stand."""
    for status in ("generating_script", "generating_audio", "generating_script"):
        age(insert(status=status, metadata={"history": [{"status": status, "at": ""}]}, **KNOWN), 60)
    run_inline(sweep_stuck)

    assert 1 == len(enqueued())


@pytest.mark.usefixtures("school")
def test_a_crowd_that_rightly_waits_hides_nobody_whose_job_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Older ones wait for their own jobs, and for one film in a queue: the youngest one's lost job is sent again."""
    monkeypatch.setattr(list_stuck, "__defaults__", (3,))
    since = {"history": [{"status": "", "at": ""}]}
    for _ in range(3):
        age(insert(status="fast_path_ready", metadata=since, topic_id=NEWTON_TOPIC, interest_id="int_cooking"), 60)
        age(waiting := insert(metadata=since), 60)
        resume_request(RequestStatus.NLU_PROCESSING, waiting)
    resume_generation(RequestStatus.FAST_PATH_READY, Generation(NEWTON_TOPIC, "int_cooking"))
    lost, twin = (insert(status="generating_script", metadata=since, **KNOWN) for _ in range(2))
    alone = insert(status="cache_check", metadata=since, **KNOWN)
    for request_id in (lost, twin, alone):
        age(request_id, 50)
    before = enqueued()
    run_inline(sweep_stuck)
    new = [job for job in enqueued() if job["id"] not in {each["id"] for each in before}]

    assert {"content.write_script", "content.check_cache"} == {job["actor"] for job in new}
    assert 2 == len(new)


@pytest.mark.usefixtures("school")
@pytest.mark.parametrize("status", ["needs_clarification", "failed"])
def test_who_waits_for_a_student_is_left_alone(status: str) -> None:
    """A question back and a failure have sweeps of their own."""
    age(insert(status=status, metadata={"history": [{"status": status, "at": ""}]}, **KNOWN), 600)
    run_inline(sweep_stuck)

    assert [] == enqueued()


def test_a_film_given_up_is_not_stuck(studio: Studio) -> None:
    """A degraded request has come to its end."""
    del studio
    request_id = ask(topic_id="topic_phys_pendulum")
    drain(later=True)
    age(request_id, 600)
    run_inline(sweep_stuck)

    assert "fast_path_ready" == read(request_id)["status"]
    assert [] == enqueued()


@pytest.mark.usefixtures("school")
def test_a_stuck_request_whose_topic_was_deleted_fails() -> None:
    """Nothing can be made for it any more."""
    request_id = insert(status="generating_script", metadata={"history": [{"status": "generating_script", "at": ""}]})
    age(request_id, 60)
    run_inline(sweep_stuck)

    assert ("failed", "its topic or interest was deleted") == (
        read(request_id)["status"],
        read(request_id)["error_message"],
    )


@pytest.mark.usefixtures("school")
@pytest.mark.parametrize(("retries", "minutes"), [(0, 5), (1, 15), (2, 30)])
def test_a_failure_is_taken_up_again_after_its_time(retries: int, minutes: int) -> None:
    """5, 15 and 30 minutes after it failed, at the stage that failed."""
    request_id = _failed(retries)
    age(request_id, minutes - 0.1)
    run_inline(retry_failed)
    early = read(request_id)["status"]
    age(request_id, minutes + 0.1)
    run_inline(retry_failed)
    request = read(request_id)

    assert ("failed", "generating_audio") == (early, request["status"])
    assert retries + 1 == request["retry_count"]
    assert request["error_message"] is None
    assert ["content.narrate"] == [job["actor"] for job in enqueued()]


@pytest.mark.usefixtures("school")
@pytest.mark.parametrize(("retries", "retryable"), [(3, True), (0, False)])
def test_enough_is_enough(retries: int, retryable: bool) -> None:
    """Neither a fourth time nor what cannot be helped."""
    request_id = _failed(retries, retryable=retryable)
    age(request_id, 600)
    run_inline(retry_failed)

    assert "failed" == read(request_id)["status"]


def test_a_retry_reuses_what_is_finished(studio: Studio, school: Path) -> None:
    """A request that failed at the voice goes on with the script it has: nothing is written a second time."""
    del studio
    request_id = ask(**KNOWN)
    drain("content-fast")
    drain("content", "content-fast")
    key = generation(request_id).cache_key
    script = school / "storage" / "scripts" / f"{key}.json"
    before = script.stat()
    change("DELETE FROM bellwork.jobs")
    change("DELETE FROM {content}.content_requests")
    change("DELETE FROM {content}.generated_content")
    again = _failed(0)
    age(again, 6)
    retry_failed.send()
    drain()

    assert ["failed", "generating_audio", "fast_path_ready", "generating_video", "completed"] == history(again)
    assert (before.st_ino, before.st_mtime_ns) == (script.stat().st_ino, script.stat().st_mtime_ns)
    assert 1 == len(contents())


def test_a_retry_after_a_twin_succeeded_is_served_at_once(studio: Studio) -> None:
    """What a twin had made meanwhile is taken; no second film."""
    failed = _failed(0)
    ask(**KNOWN)
    drain()
    age(failed, 6)
    retry_failed.send()
    drain()

    assert "completed" == read(failed)["status"]
    assert 1 == studio.films


def test_the_calendar_sends_each_sweep_every_minute() -> None:
    """Each is a short job of the database alone."""
    every_minute = {entry.actor for entry in ENTRIES if entry.cron == "* * * * *"}
    sweeps = [sweep_stuck, retry_failed, expire_clarifications]
    assert {sweep.actor_name for sweep in sweeps} <= every_minute
    assert {"content-fast"} == {sweep.queue_name for sweep in sweeps}


def _failed(retries: int, *, retryable: bool = True) -> str:
    failure = {"stage": "generating_audio", "retryable": retryable, "reason": "no voice"}
    metadata = {"failure": failure, "history": [{"status": "failed", "at": ""}]}
    request_id = insert(status="failed", metadata=metadata, **KNOWN)
    change("UPDATE {content}.content_requests SET retry_count = :n WHERE id = :id", n=retries, id=request_id)
    return request_id
