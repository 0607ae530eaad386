"""Who is nudged and who is not, by the statements that select; said again, they change nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.companion.nudges import Some, due, middle_learner, nudge_achievers, nudge_arrival, nudge_inactive
from tests.db.companion.school import DAY, NOON, WORDS

if TYPE_CHECKING:
    from tests.db.companion.school import School

ALL = Some(1_000)
_PROFILE = "UPDATE {companion}.users SET profile = CAST(:profile AS jsonb) WHERE id = :id RETURNING id"
_OPENED = "UPDATE {companion}.nudges SET opened_at = sent_at RETURNING id"


def test_inactive_learners_are_nudged_once(school: School) -> None:
    """Seven days and two sessions are inactive, three sessions or a newcomer are not; a second run writes nothing."""
    two, three, new, none = (
        school.user(signed_up=NOON - 7 * DAY),
        school.user(),
        school.user(signed_up=NOON - 7 * DAY + timedelta(seconds=1)),
        school.user(),
    )
    for learner, held in ((two, 2), (three, 3)):
        for number in range(held):
            school.session(learner, NOON - number * DAY)
    school.session(none, NOON + DAY)
    first, second = (nudge_inactive(school.conn, ALL, WORDS, NOON) for _ in range(2))

    assert (2, 2, 0, 2) == first[:4]
    assert (0, 0, 0, 0) == second[:4]
    assert [("inactivity", "both", "two so far", ["Book a session"])] == school.nudges(two)
    assert [("inactivity", "both", "none so far", ["Book a session"])] == school.nudges(none), "one to come is none yet"
    assert [[], []] == [school.nudges(three), school.nudges(new)]
    assert [] == school.all("SELECT * FROM {companion}.nudge_suppressions")


def test_many_learners_have_a_middle_and_few_have_none(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan up to it and one from there on look at everybody once; 100 rows of the sample are the least."""
    assert middle_learner(school.conn) is None
    learners = sorted(school.user() for _ in range(120))
    monkeypatch.setattr(due, "_MIDDLE", due._MIDDLE.replace("SYSTEM (1)", "SYSTEM (100)"))
    middle = middle_learner(school.conn)
    assert middle is not None
    first = nudge_inactive(school.conn, Some(1_000, until=middle), WORDS, NOON)
    rest = nudge_inactive(school.conn, Some(1_000, first.last), WORDS, NOON)

    assert middle in learners[55:65]
    assert (120, 120) == (first.looked_at + rest.looked_at, first.given + rest.given)
    assert first.looked_at == learners.index(middle) + 1


def test_a_spell_has_five_nudges_and_a_session_ends_it(school: School) -> None:
    """The sixth day tells why there is none; the day after a session there is one again."""
    learner = school.user()
    given = [nudge_inactive(school.conn, learner, WORDS, NOON + day * DAY).given for day in range(7)]
    school.session(learner, NOON + 6 * DAY)
    again = nudge_inactive(school.conn, learner, WORDS, NOON + 7 * DAY).given

    assert [1, 1, 1, 1, 1, 0, 0] == given
    assert [("inactivity", "spell", None)] * 2 == school.suppressed(learner)
    assert again == 1


def test_the_cap_counts_all_types_and_what_others_wrote(school: School) -> None:
    """By the learner's day; one who wants none gets none, and no next time."""
    capped, two, none = school.user(), school.user(nudge_frequency_cap=2), school.user(nudge_frequency_cap=0)
    yesterday = school.user(time_zone="Asia/Tokyo")
    for learner in (capped, two):
        school.nudge(learner, at=NOON - timedelta(hours=12))
    school.nudge(yesterday, at=NOON - timedelta(hours=22))
    nudge_inactive(school.conn, ALL, WORDS, NOON - timedelta(hours=6))

    assert [("inactivity", "cap", NOON + DAY / 2)] == school.suppressed(capped)
    assert [("inactivity", "cap", None)] == school.suppressed(none)
    assert [1, 1] == [len(school.nudges(two)), len(school.nudges(yesterday))]


def test_who_opted_out_gets_nothing(school: School) -> None:
    """By the word of the profile."""
    learner = school.user(nudges=False)
    nudge_inactive(school.conn, ALL, WORDS, NOON)

    assert ([], [("inactivity", "opted_out", None)]) == (school.nudges(learner), school.suppressed(learner))


def test_a_goal_is_congratulated_once_with_subjects_that_are_new(school: School) -> None:
    """Three at most, in the subject's own order, none twice and none for which the learner has a goal."""
    names = ["Physics", "Biology", "Art", "Music", "Drama"]
    physics, biology, art, music, drama = (school.subject(name) for name in names)
    chemistry = school.subject("Chemistry", physics, biology, physics, art, music, drama)
    learner, bare = school.user(), school.user()
    school.goal(learner, subject=biology)
    school.goal(learner, NOON - 6 * DAY, "Molecules %s\n", chemistry)
    school.goal(bare, NOON)
    first = nudge_achievers(school.conn, ALL, WORDS, NOON)
    later = [nudge_achievers(school.conn, ALL, WORDS, NOON + day * DAY).due for day in range(3)]

    message = "Reached: Molecules %s . Next: Physics, Art, Music."
    assert [("cross_subject", "in_app", message, ["Physics", "Art", "Music"])] == school.nudges(learner)
    assert [("cross_subject", "in_app", "Reached: Algebra.", None)] == school.nudges(bare)
    assert (2, [0, 0, 0]) == (first.given, later)


def test_a_congratulation_that_is_held_goes_within_seven_days(school: School) -> None:
    """The cap holds it until tomorrow, an unopened nudge for a week; what could never go has no next time."""
    capped, unopened, late = (school.user(), school.user(), school.user())
    school.goal(capped, NOON - DAY)
    school.nudge(capped, at=NOON, opened=NOON)
    school.goal(unopened, NOON - DAY)
    school.nudge(unopened, at=NOON - 6 * DAY)
    school.goal(late, NOON - 6 * DAY)
    school.nudge(late, at=NOON - DAY)
    nudge_achievers(school.conn, ALL, WORDS, NOON)
    held = [school.suppressed(learner) for learner in (capped, unopened, late)]
    nudge_achievers(school.conn, ALL, WORDS, NOON + DAY)

    assert [("cross_subject", "cap", NOON + DAY / 2)] == held[0]
    assert [("cross_subject", "unopened", NOON + DAY)] == held[1]
    assert [("cross_subject", "unopened", None)] == held[2]
    assert [1, 1, 0] == [len(school.nudges(learner)) for learner in (capped, unopened, late)]


def test_two_goals_of_a_day_are_two_days_of_nudges(school: School) -> None:
    """The older one first; the other says when it may go."""
    learner = school.user(nudge_frequency_cap=9)
    for number in (1, 2):
        school.goal(learner, NOON - number * DAY, f"Goal {number}")
    for _ in range(2):
        nudge_achievers(school.conn, learner, WORDS, NOON)
    school.all(_OPENED)
    nudge_achievers(school.conn, learner, WORDS, NOON + DAY)

    assert ["Reached: Goal 2.", "Reached: Goal 1."] == [message for _, _, message, _ in school.nudges(learner)]
    assert [("cross_subject", "one_a_day", NOON + DAY / 2)] == school.suppressed(learner)


def test_goals_are_looked_at_a_few_at_a_time(school: School) -> None:
    """In the order in which they were reached; whoever has a second one in a later part hears of it tomorrow."""
    learners = [school.user(nudge_frequency_cap=5) for _ in range(4)]
    for number, learner in enumerate([*learners, learners[0]]):
        school.goal(learner, NOON - (5 - number) * DAY, f"Goal {number}")
    told = [nudge_achievers(school.conn, Some(2), WORDS, NOON)]
    while told[-1].last:
        told.append(nudge_achievers(school.conn, Some(2, told[-1].last), WORDS, NOON))

    assert [(2, 2), (2, 2), (0, 1), (0, 0)] == [(each.given, each.looked_at) for each in told]
    assert [1] * 4 == [len(school.nudges(learner)) for learner in learners]
    assert [("cross_subject", "one_a_day", NOON + DAY / 2)] == school.suppressed(learners[0])


def test_a_letter_waits_for_the_end_of_quiet_hours_and_never_goes_at_night(school: School) -> None:
    """Between 21:00 and 07:00 it waits; from 20:00 on, the nudge waits for tomorrow."""
    quiet: dict[str, Any] = {"quiet_hours": "21:00-07:00", "time_zone": "America/New_York"}
    early, late = school.user(**quiet), school.user(time_zone="Asia/Tokyo")
    nudge_inactive(school.conn, ALL, WORDS, NOON - timedelta(hours=1, minutes=1))
    letters = school.all("SELECT person, not_before, not_after FROM bellwork.letters ORDER BY not_after")
    nudge_inactive(school.conn, ALL, WORDS, NOON - timedelta(hours=1))

    assert [(str(early), NOON - timedelta(hours=1), NOON + timedelta(hours=12))] == letters[1:]
    assert [str(late)] == [letter[0] for letter in letters[:1]]
    assert [] == school.suppressed(late)
    evening = school.user(time_zone="Asia/Tokyo")
    nudge_inactive(school.conn, evening, WORDS, NOON - timedelta(hours=1))
    assert [("inactivity", "late", NOON + timedelta(hours=3))] == school.suppressed(evening)


def test_who_logs_in_is_greeted(school: School) -> None:
    """Once a day, whatever the cap; not a tutor."""
    learner, tutor = school.user(nudge_frequency_cap=3), school.tutor
    given = [nudge_arrival(school.conn, one, WORDS, NOON).given for one in (learner, learner, tutor)]

    assert [1, 0, 0] == given
    assert [("login", "in_app", "Hello.", None)] == school.nudges(learner)
    assert [] == school.suppressed(learner)


@pytest.mark.parametrize("profile", ["null", "[]", '"x"', '{"preferences": 1}', '{"preferences": {"quiet_hours": 5}}'])
def test_a_profile_of_another_shape_is_one_without_wishes(school: School, profile: str) -> None:
    """Whatever it is, the learner is nudged as one who said nothing."""
    learner = school.user()
    school.all(_PROFILE, id=learner, profile=profile)

    assert nudge_inactive(school.conn, learner, WORDS, NOON).given == 1
