"""SC11: a tutor's words take the place of generated ones in one commit with the snapshot; the newest counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from bellwork.tasks.companion.numbers.overrides import apply_override
from bellwork.workers.testing import drain, enqueued, run_due, run_inline
from tests.tasks.companion.numbers.study import assignment, change, insert, read, rows, session, subject, user

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime.now(UTC)


class Desk:
    """A student with a summary, a practice item and a question, and the tutor who overrides them."""

    def __init__(self) -> None:
        self.student, self.tutor, self.subject = user(), user("tutor"), subject()
        held = session(self.student, self.tutor, self.subject, NOW)
        people = {"student_id": self.student, "tutor_id": self.tutor}
        self.rows = {
            "summary": (
                "summaries",
                insert("summaries", session_id=held, narrative="Made", next_steps=["One"], **people),
            ),
            "practice": ("practice_assignments", assignment(self.student, self.subject, 4)),
            "qa_answer": (
                "qa_interactions",
                insert("qa_interactions", student_id=self.student, query="?", answer="Made", confidence="Low"),
            ),
        }

    def override(self, kind: str, content: Any, **columns: Any) -> UUID:
        """Insert an override of one of the three, as an API layer does."""
        names = {"summary": "summary_id", "practice": "practice_assignment_id", "qa_answer": "qa_interaction_id"}
        target = {names[kind]: self.rows[kind][1]} if kind in names else {}
        row = {"student_id": self.student, "tutor_id": self.tutor, "override_type": kind, "action": "better", **target}
        return insert("overrides", **{**row, "new_content": content, **columns})

    def standing(self, kind: str) -> dict[str, Any]:
        """Return what stands there now."""
        return read(*self.rows[kind])


MADE = {"narrative": "Made", "next_steps": ["One"]}
ITEM = {"question": "1 + 1?", "answer": "2", "explanation": None, "difficulty_level": 4, "bank_item_id": None}
NEW_ITEM = {"question": "2 + 2?", "answer": "4", "difficulty_level": 2}
STANDS = {"ai_question_text": "2 + 2?", "ai_answer_text": "4", "difficulty_level": 2, "flagged": False}


@pytest.mark.parametrize(
    ("kind", "content", "stands", "original"),
    [
        ("summary", {"narrative": "By hand"}, {"narrative": "By hand", "next_steps": ["One"]}, MADE),
        ("summary", {"next_steps": ["Two", "Six"]}, {"narrative": "Made", "next_steps": ["Two", "Six"]}, MADE),
        ("practice", NEW_ITEM, STANDS, ITEM),
        ("qa_answer", {"answer": "By hand"}, {"answer": "By hand"}, {"answer": "Made"}),
    ],
)
def test_sc11_an_override_takes_its_place_once(
    kind: str, content: dict[str, Any], stands: dict[str, Any], original: dict[str, Any]
) -> None:
    """Content, mark, snapshot, subject and difficulty in one commit; ten jobs at once leave the same rows."""
    desk = Desk()
    override_id = desk.override(kind, content)
    run_inline(apply_override, override_id=override_id)
    row, kept = desk.standing(kind), read("overrides", override_id)
    for _ in range(10):
        apply_override.send(override_id=override_id)
    jobs = [job["id"] for job in enqueued("companion.apply_override")]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: run_due([one]), jobs))
    drain(later=True)

    assert stands == {name: row[name] for name in stands}
    assert (True, override_id) == (row["overridden"], row["override_id"])
    assert original == kept["original_content"]
    assert (None if kind == "qa_answer" else desk.subject) == kept["subject_id"]
    assert row == desk.standing(kind)
    assert kept == read("overrides", override_id)
    assert 1 == read("users", desk.student)["analytics"]["override_count"]


def test_sc11_the_newest_override_counts_whichever_comes_last() -> None:
    """An older one that is late changes nothing; each newer one keeps what the one before had written."""
    desk = Desk()
    first, second, third = (
        desk.override("summary", {"narrative": f"Version {n}"}, created_at=NOW + timedelta(seconds=n))
        for n in (1, 2, 3)
    )
    for override_id in (first, third, second, first):
        run_inline(apply_override, override_id=override_id)

    assert ("Version 3", third) == tuple(desk.standing("summary")[name] for name in ("narrative", "override_id"))
    assert "Version 1" == read("overrides", third)["original_content"]["narrative"]
    assert read("overrides", second)["original_content"] is None


def test_sc11_what_an_api_layer_wrote_itself_is_not_written_again() -> None:
    """It set content, mark and snapshot: they stay as they are."""
    desk = Desk()
    override_id = desk.override("summary", {"narrative": "By hand"}, original_content={"narrative": "Theirs"})
    change(
        "UPDATE {companion}.summaries SET narrative = 'By hand', overridden = true, override_id = :id", id=override_id
    )
    run_inline(apply_override, override_id=override_id)

    assert {"narrative": "Theirs"} == read("overrides", override_id)["original_content"]


def test_sc11_an_override_of_nothing_is_dead_with_what_may_be() -> None:
    """No such override, kind, row or content, another student's: said, and nothing is half written."""
    desk, other = Desk(), Desk()
    text = {"narrative": "By hand"}
    wrong: list[tuple[UUID, str]] = [
        (uuid4(), "there is no override"),
        (desk.override("grade", text), "there are summary, practice, qa_answer"),
        (desk.override("summary", text, summary_id=None), "names no row"),
        (desk.override("summary", text, summary_id=other.rows["summary"][1]), "names no summary of its student"),
        (desk.override("summary", {"answer": "x"}), "a summary takes narrative, next_steps"),
        (desk.override("summary", {"narrative": " "}), "narrative does not fit"),
        (desk.override("summary", {"next_steps": ["One", 2]}), "next_steps does not fit"),
        (desk.override("practice", {"difficulty_level": 11}), "difficulty_level does not fit"),
        (desk.override("practice", {"difficulty_level": True}), "difficulty_level does not fit"),
    ]
    for override_id, reason in wrong:
        job = run_inline(apply_override, override_id=override_id)

        assert "dead" == job["state"]
        assert reason in job["reason"]
    assert not desk.standing("summary")["overridden"]
    assert [] == rows("SELECT id FROM {companion}.overrides WHERE original_content IS NOT NULL")


def test_sc11_an_overridden_item_of_the_bank_shows_the_tutors_words() -> None:
    """The bank's own question stays for others."""
    desk = Desk()
    of_bank = insert(
        "practice_bank_items", question_text="Old?", answer_text="!", subject_id=desk.subject, difficulty_level=3
    )
    item = assignment(desk.student, desk.subject, 3, source="bank", bank_item_id=of_bank, ai_question_text=None,
                      ai_answer_text=None)  # fmt: skip
    override_id = desk.override("practice", {"question": "New?"}, practice_assignment_id=item)
    run_inline(apply_override, override_id=override_id)

    assert ("bank", "New?") == tuple(
        read("practice_assignments", item)[name] for name in ("source", "ai_question_text")
    )
    assert "Old?" == read("practice_bank_items", of_bank)["question_text"]
    assert "Old?" == read("overrides", override_id)["original_content"]["question"]
