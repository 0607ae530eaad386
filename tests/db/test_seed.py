"""The samples are believable material, and loading them again is harmless."""

from __future__ import annotations

import pytest

from bellwork.db.content.seed import load_samples
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from tests.db.catalog import rows


@pytest.mark.usefixtures("database")
def test_samples_may_be_loaded_twice() -> None:
    """Loading the samples again adds and changes nothing."""
    with transaction() as conn:
        load_samples(conn)
        once = rows(conn, "content")
    with transaction() as conn:
        load_samples(conn)
        twice = rows(conn, "content")

    assert once == twice
    assert {"topics": 14, "interests": 7, "users": 7, "student_interests": 18} == {
        table: len(once[table]) for table in ("topics", "interests", "users", "student_interests")
    }


@pytest.mark.usefixtures("database")
def test_samples_are_material_for_the_pipeline() -> None:
    """Each topic that can be asked for says what it is about; each interest brings words and scenes."""
    with transaction() as conn:
        load_samples(conn)
        topics = conn.execute(sql("SELECT description, metadata FROM {content}.topics WHERE metadata <> '{}'")).all()
        interests = conn.execute(sql("SELECT metadata FROM {content}.interests")).scalars().all()

    assert 8 == len(topics)
    assert all(3 <= topic.description.count(". ") + 1 <= 6 for topic in topics)
    assert all(5 <= len(topic.metadata["key_concepts"]) <= 7 for topic in topics)
    assert all(8 == len(interest["vocabulary"]) and 3 <= len(interest["scenes"]) <= 4 for interest in interests)
