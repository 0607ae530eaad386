"""What becomes of the ticks that are due follows from the entry's words, from nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bellwork.scheduler.cron import BadSchedule
from bellwork.scheduler.ticks import BATCH, PUNCTUAL, lateness, plan
from tests.scheduler.calendars import NOW, hourly, outcomes, stored

ON_TIME = NOW.replace(minute=0)


def test_a_tick_on_time_gets_its_job() -> None:
    """One decision, no reason needed, and the next tick is an hour on."""
    made = plan(stored(hours=0, now=ON_TIME))

    assert [(ON_TIME.replace(second=0), "enqueued", None, "entry:t.hourly")] == [
        (each.tick, each.outcome, each.reason, each.key) for each in made.decisions
    ]
    assert made.next_tick == ON_TIME.replace(second=0) + timedelta(hours=1)


def test_latest_runs_the_last_one_and_says_of_the_others_that_they_were_missed() -> None:
    """Three hours of silence: one job, two rows with the rule."""
    made = plan(stored(hourly(missed="latest"), hours=2))

    assert {"10": "missed", "11": "missed", "12": "enqueued"} == outcomes(made)
    assert "decided 2 h late; only the latest runs, up to 25 h late" == made.decisions[0].reason
    assert "caught up 30 min late" == made.decisions[-1].reason


def test_the_latest_is_not_run_when_it_is_older_than_the_window() -> None:
    """A daily report that is two days late is of no use."""
    entry = hourly(cron="0 0 1 * *", window_hours=25)
    made = plan(stored(entry, next_tick=NOW.replace(day=1, hour=0, minute=0, second=0)))

    assert ["missed"] == [each.outcome for each in made.decisions]


def test_none_runs_only_what_is_decided_within_a_minute() -> None:
    """60 s late is on time; a moment more is not."""
    entry = hourly(missed="none")
    nominal = NOW.replace(minute=0, second=0)
    punctual = plan(stored(entry, hours=0, now=nominal + PUNCTUAL))
    late = plan(stored(entry, hours=0, now=nominal + PUNCTUAL + timedelta(microseconds=1)))

    assert {"12": "enqueued"} == outcomes(punctual)
    assert {"12": "missed"} == outcomes(late)
    assert str(late.decisions[0].reason).endswith("missed ticks are left out")


def test_all_runs_each_of_them_with_a_job_of_its_own() -> None:
    """Of 25 hours, every hour; the keys of their jobs differ, so that none keeps another out."""
    made = plan(stored(hourly(missed="all", most=100), hours=24))

    assert ["enqueued"] * 25 == [each.outcome for each in made.decisions]
    assert 25 == len({each.key for each in made.decisions})


def test_all_has_a_window_and_a_number() -> None:
    """No older than three hours; the last two."""
    old = plan(stored(hourly(missed="all", window_hours=3), hours=5))
    many = plan(stored(hourly(missed="all", most=2), hours=5))

    assert ["missed"] * 3 + ["enqueued"] * 3 == list(outcomes(old).values())
    assert ["missed"] * 4 + ["enqueued"] * 2 == list(outcomes(many).values())
    assert "decided 5 h late; the last 2 run, up to 25 h late" == many.decisions[0].reason


def test_a_long_silence_takes_several_rounds_that_agree_with_each_other() -> None:
    """5,000 minutes, the last 700 of them owed: as if it had been one round."""
    entry = hourly(cron="* * * * *", missed="all", most=700, window_hours=1_000)
    now, next_tick, found = NOW, NOW.replace(second=0) - timedelta(minutes=4_999), []
    while next_tick <= now:
        made = plan(stored(entry, next_tick=next_tick))
        next_tick = made.next_tick
        found += [each.outcome for each in made.decisions]

        assert len(made.decisions) <= BATCH

    assert ["missed"] * 4_300 + ["enqueued"] * 700 == found


def test_only_the_last_round_of_a_long_silence_runs_the_latest() -> None:
    """As long as there are more, none of these is the latest."""
    entry = hourly(cron="* * * * *")
    first = plan(stored(entry, next_tick=NOW.replace(second=0) - timedelta(minutes=BATCH)))
    second = plan(stored(entry, next_tick=first.next_tick))

    assert {"missed"} == {each.outcome for each in first.decisions}
    assert ["enqueued"] == [each.outcome for each in second.decisions]


def test_ticks_of_a_pause_say_who_paused_and_those_before_it_run() -> None:
    """Nothing is caught up of a pause; what was due before it is."""
    paused = NOW.replace(hour=11, minute=30)
    made = plan(stored(hourly(missed="all"), hours=2, paused_at=paused, paused_by="ann", pause_reason="flood"))

    assert {"10": "enqueued", "11": "enqueued", "12": "paused"} == outcomes(made)
    assert "paused by ann: flood" == made.decisions[-1].reason


@pytest.mark.parametrize(("overlap", "outcome", "cancelled"), [("skip", "overlapped", None), ("cancel", "enqueued", 7)])
def test_a_job_that_is_unfinished_is_kept_or_cancelled(overlap: str, outcome: str, cancelled: int | None) -> None:
    """As the entry says: the tick gives way, or the job does."""
    made = plan(stored(hourly(overlap=overlap), hours=0, busy=7))

    assert [outcome] == [each.outcome for each in made.decisions]
    assert cancelled == made.cancel
    assert made.waiting is None


def test_one_tick_waits_for_the_job_before_it_and_a_newer_one_takes_its_place() -> None:
    """The queue holds one: the newest."""
    first = plan(stored(hourly(overlap="queue"), hours=0, busy=7))

    assert ("waiting", "job 7 is unfinished") == (first.decisions[0].outcome, first.decisions[0].reason)
    assert first.decisions[0].tick == first.waiting

    second = plan(
        stored(hourly(overlap="queue"), hours=-1, now=NOW + timedelta(hours=1), busy=7, waiting=first.waiting)
    )
    later = plan(stored(hourly(overlap="queue"), hours=0, now=NOW + timedelta(hours=1), busy=7, waiting=first.waiting))

    assert (None, first.waiting) == (second.settled, second.waiting), "nothing new is due"
    assert later.settled is not None
    assert ("overlapped", first.waiting) == (later.settled.outcome, later.settled.tick)
    assert "13" == f"{later.waiting:%H}"


def test_the_tick_that_waited_runs_when_the_job_is_finished_and_the_next_one_waits_for_it() -> None:
    """Nothing is lost when both are found at once."""
    waiting = NOW.replace(minute=0, second=0)
    made = plan(stored(hourly(overlap="queue"), hours=0, now=NOW + timedelta(hours=1), waiting=waiting))

    assert made.settled is not None
    assert ("enqueued", "waited 90 min for the job before it") == (made.settled.outcome, made.settled.reason)
    assert ["waiting"] == [each.outcome for each in made.decisions]
    assert "13" == f"{made.waiting:%H}"


def test_a_pause_ends_the_waiting() -> None:
    """What has not begun does not begin any more."""
    paused: dict[str, Any] = {"paused_at": NOW, "paused_by": "ann", "pause_reason": "flood"}
    made = plan(stored(hourly(overlap="queue"), hours=-1, busy=7, waiting=NOW.replace(minute=0, second=0), **paused))

    assert made.settled is not None
    assert ("paused", None) == (made.settled.outcome, made.waiting)


def test_a_rule_that_cannot_be_read_is_said_and_decides_nothing() -> None:
    """A zone that the zone data lost: the tick stays due until somebody mends it."""
    with pytest.raises(BadSchedule, match="'Europe/Atlantis' is no time zone"):
        plan(stored(set_zone="Europe/Atlantis"))


def test_what_an_operator_set_counts() -> None:
    """The declared expression is not looked at while another one is set."""
    made = plan(stored(hours=0, set_cron="45 * * * *", set_zone="Asia/Kolkata"))

    assert NOW.replace(hour=13, minute=15, second=0) == made.next_tick, "a quarter to seven in Kolkata"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (90_000, "25 h"), (172_800, "2 d")],
)
def test_lateness_is_said_in_a_unit_that_fits(seconds: float, said: str) -> None:
    """Two of a unit are enough to use it."""
    assert said == lateness(seconds)
