"""Each kind of feedback has its effect in one commit, once; what has none keeps the reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bellwork.db.content.effects.following import DAILY, LADDER, simpler_than
from bellwork.tasks.content.feedback import apply_feedback
from bellwork.workers.testing import drain, enqueued, run_inline
from tests.tasks.content.effects import shelf
from tests.tasks.content.effects.shelf import AMARA, BASKETBALL, NEWTON_TOPIC, apply, became, one, say, told
from tests.tasks.content.lesson import DIEGO, HANA, change, history, read
from tests.tasks.mail.waiting import watched

if TYPE_CHECKING:
    from bellwork.db.content.tables import FeedbackType
    from tests.tasks.content.conftest import Studio

_LINK = "SELECT triggered_regeneration, regeneration_request_id FROM {content}.feedback WHERE id = :id"


def test_make_simpler_makes_the_same_topic_in_the_next_style(studio: Studio, content: str) -> None:
    """A request runs the whole pipeline; feedback names it; said again of the simpler one, the next step is made."""
    del studio
    feedback = say("make_simpler", content)
    assert "done" == apply(feedback)
    [request] = shelf.requests_of(feedback)
    drain()
    after = read(request["id"])
    again = say("make_simpler", after["generated_content_id"])
    apply(again)

    assert ("requested", None) == became(feedback)
    assert [(True, request["id"])] == shelf.ask(_LINK, id=feedback)
    assert (NEWTON_TOPIC, BASKETBALL, "simple") == (after["topic_id"], after["interest_id"], after["style"])
    assert ("completed", AMARA) == (after["status"], after["student_id"])
    assert history(request["id"])[:3] == ["nlu_processing", "cache_check", "generating_script"]
    assert ["very simple"] == [each["style"] for each in shelf.requests_of(again)]


def test_what_is_there_is_served_from_the_cache(studio: Studio, content: str) -> None:
    """Cache first: a simpler lesson that somebody else had made costs nothing."""
    simple = shelf.make(style="simple")
    feedback = say("make_simpler", content)
    apply(feedback)
    [request] = shelf.requests_of(feedback)
    drain()
    after = read(request["id"])

    assert ("completed", True, simple) == (after["status"], after["cache_hit"], after["generated_content_id"])
    assert 0 == studio.films


@pytest.mark.parametrize(
    ("style", "simpler"),
    [
        ("conversational", "simple"),
        (" Conversational ", "simple"),
        ("formal", "simple"),
        ("simple", "very simple"),
        ("SIMPLE", "very simple"),
        ("very simple", None),
    ],
)
def test_each_step_of_the_ladder(style: str, simpler: str | None) -> None:
    """Three styles; one that is none of them stands on the first step."""
    assert simpler == simpler_than(style)
    assert LADDER == ("conversational", "simple", "very simple")


@pytest.mark.usefixtures("school")
def test_at_the_end_of_the_ladder_the_reason_is_kept() -> None:
    """No request, and the wish counts all the same."""
    content = shelf.serve(AMARA, style="very simple")

    assert ("held", "there is no simpler style than 'very simple'") == told("make_simpler", content)
    assert [] == enqueued("content.understand")
    assert 1 == one("SELECT wishes FROM {content}.topic_engagement")


@pytest.mark.usefixtures("school")
def test_another_interest_is_the_dearest_that_was_not_used_for_the_topic() -> None:
    """By rank, in the style of before; one that is not active is passed over; at the end the reason is kept."""
    ranked = ranks()
    content = shelf.serve(AMARA, interest=ranked[0], style="simple")
    found = []
    for _ in ranked[1:]:
        feedback = say("try_different_interest", content)
        apply(feedback)
        found += [(each["interest_id"], each["style"]) for each in shelf.requests_of(feedback)]
    ended = told("try_different_interest", content)

    assert len(ranked) > 2
    assert [(each, "simple") for each in ranked[1:]] == found
    assert "held" == ended[0]
    assert "no ranked interest left" in str(ended[1])


@pytest.mark.usefixtures("school")
def test_an_inactive_interest_is_passed_over() -> None:
    """The next one is taken."""
    ranked = ranks()
    content = shelf.serve(AMARA, interest=ranked[0])
    change("UPDATE {content}.interests SET is_active = false WHERE id = :id", id=ranked[1])
    feedback = say("try_different_interest", content)
    apply(feedback)

    assert [ranked[2]] == [each["interest_id"] for each in shelf.requests_of(feedback)]


def test_the_sixth_request_of_a_day_is_held_until_the_next(content: str) -> None:
    """Five a day and student, whichever the lessons; yesterday's do not count, nor do another student's."""
    shelf.serve(DIEGO)
    outcomes = [told("make_simpler", content)[0] for _ in range(DAILY + 1)]
    other = told("make_simpler", content, DIEGO)[0]
    change("UPDATE {content}.feedback_effects SET at = date_trunc('day', now(), 'UTC') - interval '1 us'")

    assert ["requested"] * DAILY + ["held"] == outcomes
    assert ("requested", "requested") == (other, told("make_simpler", content)[0])


def test_twelve_wishes_at_once_make_five_requests(content: str) -> None:
    """The limit is counted by one after the other."""
    wishes = [say("make_simpler", content) for _ in range(12)]
    assert ["done"] * 12 == shelf.at_once([partial(apply, each) for each in wishes])

    assert 5 == one("SELECT count(*) FROM {content}.feedback_effects WHERE outcome = 'requested'")
    assert 7 == one("SELECT count(*) FROM {content}.feedback_effects WHERE outcome = 'held'")
    assert 12 == one("SELECT wishes FROM {content}.topic_engagement")


@pytest.mark.parametrize("kind", ["make_simpler", "try_different_interest", "mark_complete", "report_issue"])
def test_delivered_three_times_and_five_at_once_it_has_one_effect(content: str, kind: str) -> None:
    """One request, one wish, one rating, one completion, one letter; whoever came late changed nothing."""
    feedback = say(kind, content, rating=4)
    for _ in range(3):
        apply(feedback)
    before = shelf.ask("SELECT * FROM {content}.feedback_effects"), shelf.progress(), shelf.figures(content)
    assert ["done"] * 5 == shelf.at_once([partial(apply, feedback)] * 5)

    assert before == (shelf.ask("SELECT * FROM {content}.feedback_effects"), shelf.progress(), shelf.figures(content))
    assert (0, int(kind == "mark_complete"), "4.00") == shelf.figures(content)
    assert (kind in {"make_simpler", "try_different_interest"}) == bool(shelf.requests_of(feedback))
    assert len(shelf.requests_of(feedback)) <= 1


@pytest.mark.parametrize("kind", ["make_simpler", "mark_complete", "report_issue"])
def test_eight_first_deliveries_at_once_have_one_effect(content: str, kind: str) -> None:
    """The student's row is the lock."""
    feedback = say(kind, content, rating=2)
    assert ["done"] * 8 == shelf.at_once([partial(apply, feedback)] * 8, 8)

    assert (0, int(kind == "mark_complete"), "2.00") == shelf.figures(content)
    assert int(kind == "make_simpler") == len(shelf.requests_of(feedback))


def test_mark_complete_completes_the_topic_once(content: str) -> None:
    """At the time it was said; a struggling student is completed by it, and stays so."""
    at = datetime.now(UTC) - timedelta(days=2)
    for _ in range(3):
        shelf.view(content)
    struggling = shelf.progress()["status"]
    outcome = told("mark_complete", content, at=at, rating=5)
    told("make_simpler", content)
    told("try_different_interest", content)

    assert ("struggling", ("completed", None)) == (struggling, outcome)
    assert ("completed", at) == tuple(shelf.progress()[name] for name in ("status", "completed_at"))
    assert (3, 1, "5.00") == shelf.figures(content)


@pytest.mark.parametrize(("rating", "outcome"), [(None, "refused"), (1, "rated"), (5, "rated")])
def test_a_rating_alone_counts_and_needs_one(content: str, rating: int | None, outcome: str) -> None:
    """Without one it means nothing."""
    assert outcome == told("rating_only", content, rating=rating)[0]
    assert (0, 0, f"{rating}.00" if rating else None) == shelf.figures(content)


def test_ratings_of_refused_feedback_do_not_count(content: str) -> None:
    """Of a stranger, of one who has left, and of long ago."""
    shelf.serve(HANA)
    change("UPDATE {content}.users SET is_active = false WHERE id = :id", id=HANA)
    assert ("refused", "the student has left") == told("rating_only", content, HANA, rating=1)
    stranger = told("report_issue", content, DIEGO, rating=1)
    old = told("make_simpler", content, rating=1, at=datetime.now(UTC) - timedelta(days=35, minutes=1))
    young = told("rating_only", content, rating=5, at=datetime.now(UTC) - timedelta(days=34, hours=23))

    assert ("refused", "the student was never served this content; only who was may speak of it") == stranger
    assert ("refused", True) == (old[0], "35 days" in str(old[1]))
    assert "rated" == young[0]
    assert (0, 0, "5.00") == shelf.figures(content)
    assert [None] == [row[0] for row in shelf.ask("SELECT manual_review_status FROM {content}.generated_content")]
    assert [] == shelf.ask("SELECT * FROM {content}.topic_engagement")


def test_an_issue_flags_the_content_and_the_curriculum_is_told_once(
    content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reports after that finds it flagged; after a review another report tells again; no student is named."""
    postman = watched(monkeypatch)
    editor()
    shelf.serve(DIEGO)
    outcomes = [
        told("report_issue", content, comment="The ball is <b>flat</b>"),
        told("report_issue", content, DIEGO, comment="me too"),
    ]
    drain()
    first = list(postman.letters)
    change("UPDATE {content}.generated_content SET manual_review_status = 'approved'")
    told("report_issue", content, DIEGO)
    drain()

    assert [("flagged", None)] * 2 == outcomes
    assert ["ed@example.org"] == [letter.to for letter in first]
    assert "The student wrote: The ball is flat\n" in first[0].text
    assert not any(name in first[0].text for name in ("Amara", "amara", AMARA))
    assert 2 == len(postman.letters)
    assert "no comment" in postman.letters[1].text
    assert "flagged" == one("SELECT manual_review_status FROM {content}.generated_content WHERE id = :id", id=content)


def test_who_reviews_before_the_letter_goes_gets_none(content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not so any more."""
    postman = watched(monkeypatch)
    editor()
    told("report_issue", content)
    change("UPDATE {content}.generated_content SET manual_review_status = 'approved'")
    drain()

    assert [] == postman.letters
    assert ["superseded"] == [row[0] for row in shelf.ask("SELECT state FROM bellwork.letters")]


def test_an_issue_of_which_nobody_can_be_told_says_so(content: str) -> None:
    """It is flagged all the same."""
    assert ("flagged", "nobody with the role vividly_curriculum is there to be told") == told("report_issue", content)


@pytest.mark.usefixtures("school")
def test_feedback_that_is_not_there_is_dead_at_once_and_leaves_nothing() -> None:
    """The reason says what to do."""
    row = run_inline(apply_feedback, feedback_id="nobody's")

    assert ("dead", True) == (row["state"], "insert the row" in row["reason"])
    assert [] == shelf.ask("SELECT * FROM {content}.feedback_effects")


def test_a_job_that_died_is_kept_as_failed_and_a_retry_applies(content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its transaction left nothing; what it died of is the reason; the same job once more has the effect."""

    def broken(*_: object, **__: object) -> FeedbackType:
        raise ZeroDivisionError

    feedback = say("make_simpler", content, rating=3)
    with monkeypatch.context() as patch:
        patch.setattr("bellwork.tasks.content.feedback.insert_request", broken)
        apply_feedback.send(feedback_id=feedback)
        drain("content", later=True)
    failed = became(feedback)
    figures = shelf.figures(content)
    apply(feedback)

    assert ("failed", True) == (failed[0], "ZeroDivisionError" in str(failed[1]))
    assert (0, 0, None) == figures
    assert ("requested", None) == became(feedback)
    assert (0, 0, "3.00") == shelf.figures(content)


def ranks() -> list[str]:
    """List Amara's interests, the dearest first."""
    listed = "SELECT interest_id FROM {content}.student_interests WHERE student_id = :student ORDER BY rank"
    return [row[0] for row in shelf.ask(listed, student=AMARA)]


def editor() -> None:
    """Let somebody review content."""
    change(
        "INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id) VALUES"
        " ('user_ed', 'ed@example.org', '!', 'Ed', 'Itor', 'vividly_curriculum', 'org_mnps')"
    )
