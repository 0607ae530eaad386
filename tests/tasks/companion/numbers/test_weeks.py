"""SC14: on Monday morning learners and their parents get a letter about the week before, once, with a small chart."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest

from bellwork.db.companion.numbers.weeks import post_weeks, read_weeks, week_of_key
from bellwork.db.engine import transaction
from bellwork.tasks.companion.numbers.chart import HEIGHT, LEAST, bars
from bellwork.tasks.companion.numbers.elo import RIGHT_FROM
from bellwork.tasks.companion.numbers.weeks import send_weeks
from bellwork.tasks.letters import wake
from bellwork.workers.testing import drain, run_inline
from tests.tasks.companion.numbers.study import change, done, goal, rows, session, subject, user

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path
    from uuid import UUID

#: The Monday that comes, so that letters about the week before are still in time.
MONDAY = (datetime.now(UTC) + timedelta(days=7)).replace(hour=0, minute=0, second=0, microsecond=0)
MONDAY -= timedelta(days=MONDAY.weekday())
BEFORE = MONDAY - timedelta(days=7)


def due(at: datetime, *, most: int = 1_000) -> list[str]:
    """Post what is due at a moment, and return the keys of all letters."""
    with transaction() as conn:
        last = None
        while (posted := post_weeks(conn, last, most, at)).last:
            last = posted.last
        wake(conn)
    return [row["key"] for row in rows("SELECT key FROM bellwork.letters ORDER BY key")]


def learner(zone: str | None = None, **profile: Any) -> UUID:
    """Insert a learner who did something in the week before."""
    student = user(profile={**({"preferences": {"time_zone": zone}} if zone else {}), **profile})
    done(student, None, BEFORE + timedelta(days=2, hours=12))
    return student


def read_letters(folder: Path) -> list[EmailMessage]:
    """Read what lies in the mail folder."""
    files = sorted((folder / "mail").glob("*.eml")) if (folder / "mail").exists() else []
    return [message_from_bytes(file.read_bytes(), policy=default) for file in files]


@pytest.mark.parametrize("numbers", [[0] * 7, [1, 2, 4, 0, 0, 3, 4], [10**6] * 7])
def test_sc14_a_chart_is_in_the_numbers_proportion(numbers: list[int]) -> None:
    """One bar a day, the highest as high as the picture; a picture that any reader of XML can read."""
    drawn = ET.fromstring(bars(numbers))  # noqa: S314 - as above
    heights = [float(bar.attrib["height"]) for bar in drawn]

    assert [max(LEAST, HEIGHT * number / max([*numbers, 1])) for number in numbers] == heights
    assert [HEIGHT] * 7 == [float(bar.attrib["y"]) + height for bar, height in zip(drawn, heights, strict=True)]


@pytest.mark.usefixtures("place")
def test_sc14_it_is_time_on_the_readers_own_monday_morning() -> None:
    """From eight o'clock to the end of Tuesday; once for a week, in whatever steps it is looked for."""
    here, east, west = learner(), learner("Pacific/Kiritimati"), learner("Pacific/Pago_Pago")
    user(), user("tutor"), user("parent", profile={"children": "none"})
    week = f"{BEFORE:%G-W%V}"
    keys = {name: f"companion.week:{who}:{week}" for name, who in (("here", here), ("east", east), ("west", west))}
    hours = {-7: "", -6: "east", 7: "east", 8: "east here", 18: "east here", 19: "east here west", 47: "east here west"}
    for hour, names in hours.items():
        assert sorted(keys[name] for name in names.split()) == due(MONDAY + timedelta(hours=hour), most=2)
    assert 3 == len(due(MONDAY + timedelta(days=3)))
    assert (here, BEFORE.date()) == week_of_key(keys["here"])
    ends = rows("SELECT not_after FROM bellwork.letters WHERE key = :key", key=keys["here"])
    assert [MONDAY + timedelta(days=2)] == [row["not_after"] for row in ends]


@pytest.mark.usefixtures("place")
def test_sc14_whoever_did_nothing_for_four_weeks_is_left_in_peace() -> None:
    """28 days: an item or a session within them counts, none before, none to come."""
    tutor = user("tutor")
    idle, active, coming = user(), user(), user()
    session(idle, tutor, None, MONDAY + timedelta(hours=9) - timedelta(days=28, minutes=1))
    session(active, tutor, None, MONDAY + timedelta(hours=9) - timedelta(days=28) + timedelta(minutes=1))
    session(coming, tutor, None, MONDAY + timedelta(hours=10))

    assert [f"companion.week:{active}:{BEFORE:%G-W%V}"] == due(MONDAY + timedelta(hours=9))


@pytest.mark.usefixtures("place")
def test_sc14_a_week_is_counted_in_the_learners_days() -> None:
    """The first second of Monday and the last of Sunday are in, those beside them are not."""
    student = user(profile={"name": "Ada", "preferences": {"time_zone": "America/New_York"}})
    tutor, algebra = user("tutor"), subject()
    begin = BEFORE.replace(tzinfo=None)
    [offset] = rows("SELECT CAST(:at AS timestamp) AT TIME ZONE 'America/New_York' AS begin", at=begin)
    first = offset["begin"]
    [end] = rows("SELECT CAST(:at AS timestamp) AT TIME ZONE 'America/New_York' AS at", at=begin + timedelta(days=7))
    second = timedelta(seconds=1)
    for at in (first - second, first, first + timedelta(days=1, hours=3), end["at"] - second, end["at"]):
        done(student, algebra, at, performance_score=0.7 if at == first else 0.3)
        session(student, tutor, algebra, at, duration_minutes=30)
    goal(student, algebra, title="Roots"), goal(student, algebra, status="paused")
    goal(student, algebra, title="Old", status="completed", completed_at=first - timedelta(days=1))
    with transaction() as conn:
        [week] = read_weeks(conn, student, BEFORE.date(), RIGHT_FROM)

    assert [1, 1, 0, 0, 0, 0, 1] == week.items
    assert (1, 3, 90) == (week.rights, week.sessions, week.minutes)
    assert ["Roots"] == [each["title"] for each in week.goals]


def test_sc14_the_letters_themselves(place: Path) -> None:
    """A learner's own, and one for a parent about both children; text and HTML with the chart; sent once."""
    ada, ben = learner(name="Ada"), learner(name="Ben <b>")
    parent = user("parent", profile={"children": [str(ada), str(ben).upper(), str(uuid4()), 5]})
    change("UPDATE {companion}.users SET gamification = CAST(:numbers AS jsonb) WHERE id = :id", id=ada,
           numbers=json.dumps({"streaks": 3, "level": 2}))  # fmt: skip
    for _ in range(2):
        assert 3 == len(due(MONDAY + timedelta(hours=9)))
        drain("mail", later=True)
    run_inline(send_weeks)
    letters = {str(letter["To"]): letter for letter in read_letters(place)}
    mine = letters[rows("SELECT email FROM {companion}.users WHERE id = :id", id=ada)[0]["email"]]
    theirs = letters[rows("SELECT email FROM {companion}.users WHERE id = :id", id=parent)[0]["email"]]
    said, drawn = (mine.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]

    assert 3 == len(read_letters(place))
    assert "Your week with the study companion" == mine["Subject"]
    assert "Practice items: 1, right: 1" in said
    assert "Mon 0, Tue 0, Wed 1, Thu 0, Fri 0, Sat 0, Sun 0" in said
    assert "Days in a row: 3, level 2" in said
    assert bars([0, 0, 1, 0, 0, 0, 0]) in drawn
    assert "The week of Ada and Ben" == theirs["Subject"]
    assert "<b>" not in theirs.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_sc14_a_letter_waits_for_the_end_of_quiet_hours_and_is_not_sent_to_nobody(place: Path) -> None:
    """Who is erased before it goes gets none."""
    quiet = learner(preferences={"quiet_hours": "00:00-23:59"})
    gone = learner()
    due(MONDAY + timedelta(hours=9))
    change("DELETE FROM {companion}.users WHERE id = :id", id=gone)
    drain("mail")
    states = {row["person"]: row["state"] for row in rows("SELECT person, state FROM bellwork.letters")}

    assert [] == read_letters(place)
    assert {str(quiet): "pending", str(gone): "suppressed"} == states
