"""`bellwork erase` of the companion's and tutoring's persons: all that is theirs goes, and nobody else's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.letters import NewLetter, post_letters
from bellwork.db.tutoring.tables import metadata
from bellwork.tasks.companion.numbers.learners import recompute_learner, send_learner
from bellwork.tasks.companion.numbers.questions import escalate_question
from bellwork.tasks.providers import storage
from bellwork.tasks.tutoring.take_session import take_session
from bellwork.tasks.upkeep import erasing
from bellwork.tasks.upkeep.archive import without
from bellwork.workers.testing import drain
from tests.ops.desk import ask
from tests.ops.test_erase import files, places, said_in
from tests.tasks.companion.numbers import study
from tests.tasks.tutoring import place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Stands in every text that a person wrote, or that says something of him.
WORD = "canary-4c19"
NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=800)
BY = ledger.ChangedBy("ann", "asked by the school")
#: Tables of a system that say nothing of a learner, a student or a tutor of these tests.
NOBODYS = {
    *("companion.subjects", "companion.practice_bank_items"),
    *("tutoring.buckets", "tutoring.churn_models", "tutoring.reports", "tutoring.alerts", "tutoring.health"),
    *("tutoring.insights", "tutoring.metric_runs", "tutoring.approvals", "tutoring.escalations"),
    *("tutoring.reschedule_alerts", "tutoring.first_session_risks", "tutoring.status_changes"),
    *("tutoring.churn_overrides", "tutoring.churn_predictions", "tutoring.prediction_keys", "tutoring.explanations"),
    *("tutoring.interventions", "tutoring.tutor_events", "tutoring.tutors"),
    *("tutoring.tutor_days", "tutoring.tutor_states", "tutoring.tutor_performance_metrics", "tutoring.changes"),
}

_BESIDE = """
INSERT INTO {companion}.practice_sets (student_id, request_id, subject_id, wanted, state, completed_at)
    VALUES (:one, :request, :algebra, 1, 'completed', now());
INSERT INTO {companion}.practice_set_items (assignment_id, student_id, request_id, place)
    VALUES (:item, :one, :request, 1);
INSERT INTO {companion}.learner_days (student_id, day) VALUES (:one, :day);
INSERT INTO {companion}.fallback_summaries (summary_id, reason) VALUES (:summary, :word);
INSERT INTO {companion}.nudge_keys (nudge_id, user_id, type, day, slot, goal_id)
    VALUES (:nudge, :one, 'login', :day, 1, :goal);
INSERT INTO {companion}.nudge_suppressions (user_id, type, day, reason) VALUES (:one, 'login', :day, :word)
"""


def learner(word: str) -> str:
    """Make a learner who is in every table of the companion, in letters, in a file and in jobs; returns his id."""
    tutor, algebra = study.user("tutor"), study.subject()
    one = study.user(profile={"name": word}, analytics={"said": word})
    file = storage().put(f"transcripts/{word}.txt", word.encode())
    goal = study.goal(one, algebra, title=word)
    session = study.session(one, tutor, algebra, NOW, transcript_storage_url=file, notes=word, transcript_text=word)
    said = {"narrative": word, "next_steps": [word], "tutor_id": tutor, "student_id": one, "session_id": session}
    summary = study.insert("summaries", **said)
    question = study.insert("qa_interactions", student_id=one, query=word, answer=word, confidence="Low")
    item = study.done(one, algebra, NOW)
    words = {"action": word, "original_content": {"was": word}, "reason": word, "override_type": "summary"}
    study.insert("overrides", tutor_id=tutor, student_id=one, summary_id=summary, qa_interaction_id=question, **words)
    study.insert("student_ratings", student_id=one, subject_id=algebra, rating=1100)
    study.insert("tutor_student_assignments", tutor_id=tutor, student_id=one)
    nudge = study.insert("nudges", user_id=one, type="login", channel="both", message=word, trigger_reason=word)
    for statement in _BESIDE.split(";\n"):
        named = {"one": one, "request": f"set {word}", "algebra": algebra, "item": item, "goal": goal, "word": word}
        study.change(statement, **named, summary=summary, nudge=nudge, day=date(2026, 11, 30))
    send_learner(one)
    drain("companion-fast")
    escalate_question.send_with_options(kwargs={"qa_id": question}, delay=3_600_000)
    recompute_learner.send_with_options(kwargs={"student_id": one}, delay=3_600_000)
    _write_to(str(one), word)
    return str(one)


def student(word: str) -> str:
    """Make a student with sessions, feedback and an address, some of it in an archive, and in jobs of each end."""
    one = f"student-{word}"
    tutor = f"tutor {len(word)}"
    _tutor(tutor, "Ann")
    place.put("students", {"student_id": one, "name": word, "subjects_interested": [word]})
    place.change("SELECT tutoring.set_address(:id, :id || '@example.org')", id=one)
    for number, start in enumerate([LONG_AGO, NOW]):
        session = {"session_id": f"s{number} {word}", "tutor_id": tutor, "student_id": one}
        place.put("sessions", {**session, "scheduled_start": start, "session_number": 1, "created_at": start})
        said = {"feedback_id": f"f{number} {word}", "overall_rating": 5, "free_text_feedback": word}
        place.put("student_feedback", {**session, **said, "submitted_at": start, "created_at": start})
    for rule in ("tutoring.archive_feedback", "tutoring.archive_sessions"):
        assert ask("retention", "run", rule).code == 0
    for session in ({"session_id": "odd", "student_id": one}, {"session_id": "s2", "student_id": one, "tutor_id": "?"}):
        take_session.send_with_options(args=(session,), max_retries=0)
    drain("tutoring")
    _write_to(one, word)
    return one


def _tutor(tutor_id: str, name: str) -> None:
    row = {"tutor_id": tutor_id, "name": name, "email": f"{name}{tutor_id}@example.org", "onboarding_date": LONG_AGO}
    place.put("tutors", {**row, "status": "active", "location": name, "education_level": name, "subjects": [name]})


def _write_to(person: str, word: str) -> None:
    with transaction() as conn:
        letter = NewLetter(
            key=f"t.note:{person}", system="t", kind="note", to="a@example.org", person=person, text=word
        )
        post_letters(conn, [letter])


def erase(person: str) -> Any:
    """Erase somebody, and return the report."""
    return erasing.erase(person, BY)


def held(*words: str) -> set[str]:
    """Name the tables with a row, and the files, that hold one of the words anywhere."""
    return {where for word in words for where in places(word)}


SYSTEMS = [
    pytest.param(learner, "companion", id="companion"),
    pytest.param(student, "tutoring", id="tutoring"),
]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("make", "system"), SYSTEMS)
def test_nothing_of_a_person_is_left_and_all_of_another(make: Callable[[str], str], system: str) -> None:
    """Rows of every table, jobs and their errors, letters, files, archives; a second run finds nothing."""
    person, other = make(WORD), make("another")
    before, of_other = held(person, WORD), held(other, "another")
    report, again = erase(person), erase(person)

    assert before >= {str(table) for table in metadata.tables.values() if table.schema == system} - NOBODYS
    assert {"bellwork.letters", "bellwork.jobs" if make is learner else "bellwork.letters"} <= before
    assert any(table.startswith("bellwork.finished_jobs_") for table in before)
    assert any(file.startswith("/") for file in before)
    assert set() == held(person, WORD)
    assert (True, []) == (report.is_complete, again.found)
    assert of_other == held(other, "another")


@pytest.mark.usefixtures("database")
def test_archives_are_found_by_their_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which person is in which file is noted when it is written: of all files only his are read."""
    person, _ = student(WORD), student("another")
    before = {file.name: person in said_in(file) for file in files() if file.suffix == ".parquet"}
    read: list[str] = []
    fetch = type(storage()).fetch

    def note(self: Any, key: str, path: Path) -> None:
        read.append(key.rpartition("/")[2])
        fetch(self, key, path)

    monkeypatch.setattr(type(storage()), "fetch", note)
    erase(person)

    assert [False, False, True, True] == sorted(before.values())
    assert {name for name, is_his in before.items() if is_his} == before.keys() & set(read)


@pytest.mark.usefixtures("database")
def test_a_tutor_stays_under_his_id_without_name_address_and_notes() -> None:
    """His students' sessions stay theirs; what is archived of his interventions leaves."""
    _tutor("bob", WORD)
    old = {"tutor_id": "bob", "intervention_type": "recognition", "trigger_reason": WORD, "notes": WORD}
    done = {"status": "completed", "completed_date": NOW - timedelta(days=400), "recommended_date": LONG_AGO}
    place.put("interventions", {**old, **done, "intervention_id": "i1"})
    assert ask("retention", "run", "tutoring.archive_interventions").code == 0
    archived = [file for file in files() if WORD in said_in(file)]
    place.put("interventions", {**old, "intervention_id": "i2", "trigger_reason": "", "status": "pending"})
    place.put("tutor_events", {"event_id": "e", "tutor_id": "bob", "event_timestamp": NOW, "metadata": {"ip": WORD}})
    erase("bob")

    assert len(archived) == 1
    assert set() == held(WORD)
    assert [("bob",)] == place.ask("SELECT tutor_id FROM tutoring.tutors")
    assert erase("bob").found == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("make", "_system"), SYSTEMS)
def test_two_who_erase_at_once_leave_nothing(make: Callable[[str], str], _system: str) -> None:
    """Neither fails; what one has erased the other finds gone."""
    person = make(WORD)
    with ThreadPoolExecutor(2) as two:
        reports = list(two.map(erase, [person] * 2))

    assert set() == held(person, WORD)
    assert all(report.is_complete for report in reports)
    assert erase(person).found == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("make", "point"),
    [
        *((learner, point) for point in ("erase_jobs", "erase_letters", "erase_system")),
        *((student, point) for point in ("erase_jobs", "archive_rewritten", "archive_switched", "erase_system")),
    ],
)
def test_cut_off_anywhere_the_next_run_ends_it(
    make: Callable[[str], str], point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the system's own rows were about to go, and where an archive has its new file."""
    person = make(WORD)

    def end(reached: str, _subject: str = "") -> None:
        if reached == point:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        for module in (erasing, without):
            patch.setattr(module, "reach", end)
        with pytest.raises(KeyboardInterrupt):
            erase(person)
    cut_off = held(person, WORD)
    erase(person)

    assert cut_off
    assert set() == held(person, WORD)
