"""Who asks for the same shares one generation: it waits, is served with the others, or finds it made."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from bellwork.db import ledger
from bellwork.db.content.queries import Generation, await_stage
from bellwork.db.engine import engine, transaction
from bellwork.tasks.content.check_cache import check_cache
from bellwork.tasks.content.render import render
from bellwork.tasks.content.sweeps import expire_clarifications
from bellwork.tasks.content.write_script import write_script
from bellwork.workers import broker
from bellwork.workers.attempt import Attempt
from bellwork.workers.testing import drain, enqueued, run_inline
from tests.tasks.content.lesson import (
    DIEGO,
    HANA,
    NEWTON_TOPIC,
    ask,
    change,
    contents,
    generation,
    history,
    insert,
    read,
)
from tests.tasks.content.test_cold_request import COLD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tasks.content.conftest import Studio

SAME = {"interest_id": "int_basketball"}


def test_twins_that_ask_at_once_share_one_generation(studio: Studio) -> None:
    """Three students with the same question: one script, one film, and each is completed."""
    requests = [ask(student_id=student, **SAME) for student in ("user_student_amara", DIEGO, HANA)]
    drain()

    assert ["completed"] * 3 == [read(request)["status"] for request in requests]
    assert 1 == studio.films
    assert 1 == len(contents())
    assert [COLD] * 3 == [history(request) for request in requests]


def test_a_latecomer_is_walked_to_the_others(studio: Studio) -> None:
    """A request that enters while the film is being made catches up with the next commit, edge by edge."""
    late: list[str] = []

    def come_late() -> None:
        late.append(insert(student_id=DIEGO, status="generating_script", topic_id=NEWTON_TOPIC, **SAME))

    studio.while_shooting = come_late
    first = ask(**SAME)
    drain()

    assert "completed" == read(first)["status"]
    assert ["nlu_processing", "generating_audio", "fast_path_ready", "completed"] == history(late[0])
    assert read(first)["generated_content_id"] == read(late[0])["generated_content_id"]


def test_what_was_made_is_a_cache_hit(studio: Studio) -> None:
    """A second request, later, is completed from the cache without a provider."""
    ask(**SAME)
    drain()
    second = ask(student_id=DIEGO, **SAME)
    drain()
    request = read(second)

    assert ["nlu_processing", "cache_check", "completed"] == history(second)
    assert (True, True) == (request["cache_hit"], request["completed_at"] is not None)
    assert 1 == studio.films


@pytest.mark.usefixtures("studio")
def test_a_first_request_is_no_cache_hit() -> None:
    """Only what was found made counts as a hit."""
    first = ask(**SAME)
    drain()

    assert read(first)["cache_hit"] is False


@pytest.mark.usefixtures("studio")
def test_a_hit_without_a_film_is_served_now_and_completed_later() -> None:
    """While the film is being made, a newcomer gets script and audio at once, and the film with everybody else."""
    ask(**SAME)
    drain("content", "content-fast")
    second = ask(student_id=DIEGO, **SAME)
    drain("content", "content-fast")
    served = read(second)
    drain()

    assert ("fast_path_ready", True) == (served["status"], served["cache_hit"])
    assert "completed" == read(second)["status"]


@pytest.mark.usefixtures("studio")
def test_a_hit_without_a_film_has_the_film_made() -> None:
    """Where the job of the film was lost, the next hit sends it again."""
    first = ask(**SAME)
    drain("content", "content-fast")
    change("DELETE FROM bellwork.jobs")
    ask(student_id=DIEGO, **SAME)
    drain()

    assert "completed" == read(first)["status"]


def test_other_styles_and_interests_are_made_for_themselves(studio: Studio) -> None:
    """Another style or interest is another key."""
    for columns in ({}, {"style": "formal"}, {"interest_id": "int_soccer"}):
        ask(**{**SAME, **columns})
    drain()

    assert 3 == studio.films
    assert 3 == len({content["cache_key"] for content in contents()})


@pytest.mark.usefixtures("studio")
@pytest.mark.parametrize("style", [None, "", "Conversational ", "\tCONVERSATIONAL"])
def test_styles_that_read_the_same_are_the_same(style: str | None) -> None:
    """Case, blanks and an unset style do not make another lesson (vividly.md: the default is conversational)."""
    first, second = ask(**SAME), ask(student_id=DIEGO, style=style, **SAME)
    drain()

    assert generation(first).cache_key == generation(second).cache_key
    assert 1 == len(contents())


@pytest.mark.usefixtures("school")
def test_one_job_for_a_generation_whoever_sends_it() -> None:
    """The ledger keeps a second job of the same generation out."""
    same = Generation(NEWTON_TOPIC, "int_basketball")
    for _ in range(2):
        write_script.send_with_options(kwargs=same.args, unique_key=same.unique_key)

    assert 1 == len(enqueued("content.write_script"))


@pytest.mark.usefixtures("school")
def test_a_newcomer_waits_for_a_stage_that_is_committing() -> None:
    """Whoever looks for content while a stage of it commits sees what that commit brought."""
    same = Generation(NEWTON_TOPIC, "int_basketball")
    write_script.send_with_options(kwargs=same.args, unique_key=same.unique_key)
    passed = threading.Event()

    def come() -> None:
        with transaction() as conn:
            await_stage(conn, same)
            passed.set()

    with engine().connect() as stage, stage.begin():
        stage.exec_driver_sql("DELETE FROM bellwork.jobs")
        newcomer = threading.Thread(target=come)
        newcomer.start()
        waited = not passed.wait(0.3)
    newcomer.join(60)

    assert waited
    assert passed.is_set()


def test_fifty_twins_in_one_batch_share_one_generation(studio: Studio) -> None:
    """The short lane takes them through one transaction; they still start one generation and are served together."""
    requests = [insert(status="cache_check", topic_id=NEWTON_TOPIC, **SAME) for _ in range(50)]
    run_inline(expire_clarifications)
    for request_id in requests:
        check_cache.send(request_id=request_id)
    with transaction() as conn:
        ids = [job["id"] for job in enqueued("content.check_cache")]
        claimed = ledger.claim(conn, broker.worker_id, ids, list(broker.actors))
    broker.batch_actor([Attempt(job) for job in claimed])
    started = enqueued("content.write_script")
    drain()

    assert (50, 1, 1) == (len(claimed), len(started), studio.films)
    assert {"completed"} == {read(request)["status"] for request in requests}


def test_a_film_that_is_there_is_not_made_again(studio: Studio) -> None:
    """A job of the film that comes late, or comes twice, completes who waits and renders nothing."""
    ask(**SAME)
    drain()
    waiting = insert(status="fast_path_ready", topic_id=NEWTON_TOPIC, **SAME)
    run_inline(render, **generation(waiting).args)

    assert "completed" == read(waiting)["status"]
    assert 1 == studio.films


def test_a_prepared_generation_serves_nobody_and_is_there(studio: Studio, school: Path) -> None:
    """A generation that nobody asked for (warming the cache) is made like any other."""
    same = Generation(NEWTON_TOPIC, "int_basketball")
    write_script.send_with_options(kwargs=same.args, unique_key=same.unique_key)
    drain()

    assert ["vivid_learning"] == [content["content_type"] for content in contents()]
    assert 1 == studio.films
    assert (school / "storage" / f"videos/{same.cache_key}.mp4").exists()
