"""No request ever makes a move that the machine does not have, whoever asks for it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwork.db.content.queries import BY_ID, Generation, advance, cascade, publish_fast
from bellwork.db.content.queries.generated import Recording
from bellwork.db.content.tables import REQUEST_MACHINE, RequestStatus
from bellwork.db.engine import engine, transaction
from bellwork.db.machine import IllegalMove
from bellwork.db.sql import sql
from tests.tasks.content.lesson import DIEGO, NEWTON_TOPIC, change, history, insert, read

SAME = Generation(NEWTON_TOPIC, "int_basketball")


@pytest.fixture
def content_id(school: object) -> str:
    """A row of content that a completed request can refer to."""
    del school
    with transaction() as conn:
        return publish_fast(conn, SAME, Recording("s", "a", 1, {})).id


@pytest.mark.parametrize("from_", RequestStatus)
def test_the_compare_and_set_allows_what_the_machine_allows(content_id: str, from_: RequestStatus) -> None:
    """Of all 81 pairs, exactly the machine's edges move a row."""
    legal = {to for to in RequestStatus if REQUEST_MACHINE.allows(from_, to)}
    reached = set()
    for to in RequestStatus:
        request_id = insert(status="nlu_processing")
        _put(request_id, from_, content_id)
        with transaction() as conn:
            moved = advance(conn, to, BY_ID, {"id": request_id}, content_id=content_id)
        reached |= {to} if moved else set()
        assert str(to if moved else from_) == read(request_id)["status"]

    assert legal == reached


@pytest.mark.usefixtures("school")
def test_an_edge_that_does_not_exist_is_refused_before_anything_is_written() -> None:
    """A caller that names a wrong source hears it from the machine."""
    with pytest.raises(IllegalMove, match="'completed' is final"), transaction() as conn:
        advance(conn, RequestStatus.FAILED, BY_ID, {"id": "x"}, sources={RequestStatus.COMPLETED})


@pytest.mark.usefixtures("school")
def test_the_history_begins_with_the_insert() -> None:
    """The API layer writes none, so the first move notes when the request came; moments are UTC and in order."""
    request_id = insert()
    with transaction() as conn:
        advance(conn, RequestStatus.CACHE_CHECK, BY_ID, {"id": request_id})
    steps, created = read(request_id)["metadata"]["history"], read(request_id)["created_at"]
    moments = [datetime.strptime(step["at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC) for step in steps]

    assert ["nlu_processing", "cache_check"] == history(request_id)
    assert created == moments[0]
    assert moments[0] <= moments[1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(RequestStatus), max_size=12))
def test_progress_never_falls_and_the_history_is_a_legal_walk(content_id: str, steps: list[RequestStatus]) -> None:
    """Whatever transitions are asked for in whatever order."""
    request_id, progress = insert(), [0]
    for to in steps:
        with transaction() as conn:
            advance(conn, to, BY_ID, {"id": request_id}, content_id=content_id)
        progress.append(read(request_id)["metadata"].get("progress", 0))
    passed = [step["status"] for step in read(request_id)["metadata"].get("history", [])]

    assert sorted(progress) == progress
    assert all(REQUEST_MACHINE.allows(*edge) for edge in pairwise(passed))


def test_a_walk_moves_the_requests_of_its_key_and_no_others(content_id: str) -> None:
    """Neither another key, nor a deleted request, nor one that is not there yet."""
    same = {"topic_id": SAME.topic_id, "interest_id": SAME.interest_id}
    followers = [insert(status="generating_script", **same), insert(status="generating_audio", **same)]
    others = [
        insert(status="cache_check", **same),
        insert(status="failed", **same),
        insert(status="generating_script", **{**same, "interest_id": "int_soccer"}),
        insert(status="generating_script", **same, style="formal"),
    ]
    gone = insert(status="generating_script", student_id=DIEGO, **same)
    change("UPDATE {content}.content_requests SET deleted_at = now() WHERE id = :id", id=gone)
    before = [read(request)["status"] for request in [*others, gone]]
    with transaction() as conn:
        reached = cascade(conn, SAME, RequestStatus.FAST_PATH_READY, content_id)

    assert set(followers) == {moved.id for moved in reached[RequestStatus.FAST_PATH_READY]}
    assert before == [read(request)["status"] for request in [*others, gone]]


def test_a_walk_reads_no_more_than_its_key(content_id: str) -> None:
    """The partial index on topic, interest and style serves the cascade of a stage."""
    del content_id
    with transaction() as conn:
        conn.execute(sql("SET LOCAL enable_seqscan = off"))
        plan = conn.execute(
            sql(
                "EXPLAIN SELECT 1 FROM {content}.content_requests r WHERE r.topic_id = 'a' AND r.interest_id = 'b' AND"
                " r.style = 'c' AND r.status NOT IN ('completed', 'failed') AND r.deleted_at IS NULL"
            )
        ).scalars()

    assert "idx_content_requests_key" in "\n".join(plan)


def test_two_moves_at_once_lose_nothing(content_id: str) -> None:
    """Who had to wait for the row reads its metadata after the wait, not before it."""
    request_id = insert(status="fast_path_ready", topic_id=SAME.topic_id, interest_id=SAME.interest_id)
    del content_id

    def move() -> None:
        with transaction() as conn:
            advance(conn, RequestStatus.GENERATING_VIDEO, BY_ID, {"id": request_id})

    with engine().connect() as first, first.begin():
        first.execute(
            sql("UPDATE {content}.content_requests SET metadata = '{\"kept\": true}' WHERE id = :id"),
            {"id": request_id},
        )
        second = threading.Thread(target=move)
        second.start()
        second.join(0.3)
    second.join(60)

    assert read(request_id)["metadata"]["kept"] is True
    assert "generating_video" == read(request_id)["status"]


def _put(request_id: str, status: RequestStatus, content_id: str) -> None:
    change(
        "UPDATE {content}.content_requests SET status = CAST(:to AS {content}.request_status),"
        " generated_content_id = :content, completed_at = now() WHERE id = :id",
        to=str(status),
        content=content_id,
        id=request_id,
    )
