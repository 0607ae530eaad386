"""A snapshot says what stands in each queue, and counts each job that came, failed or was finished exactly once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.ledger import NewJob
from bellwork.db.snapshot import actors, hour, latest, month
from bellwork.db.snapshot.around import keep_around
from bellwork.db.snapshot.minutes import sum_up
from bellwork.db.snapshot.take import _FINISHED, take
from tests.db.ledger import hands, ledger_jobs
from tests.db.snapshot.seconds import look, queue

if TYPE_CHECKING:
    from bellwork.db.ledger import Claimed

pytestmark = pytest.mark.usefixtures("database")


def finish(*jobs: Claimed) -> None:
    """Record jobs as done."""
    with transaction() as conn:
        ledger.finish(conn, [job.held for job in jobs])


def totals(name: str = "default") -> tuple[int, int, int, int, int]:
    """Take a snapshot and return what came, was done, died, was cancelled and failed since the first one."""
    found = next((each for each in look().queues if each.queue == name), None)
    if found is None:
        return (0, 0, 0, 0, 0)
    return (
        *(found.enqueued_total, found.done_total, found.dead_total),
        *(found.cancelled_total, found.failed_total),
    )


def test_what_stands_in_a_queue_is_counted() -> None:
    """Ready, with the age of the oldest; scheduled; running; and those that wait for another try."""
    worker = ledger_jobs.appear()
    ledger_jobs.claim(worker, ledger_jobs.put()[-1:])
    ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob(ledger_jobs.ACTOR, delay=3600))
    hands.run("UPDATE bellwork.jobs SET run_at = now() - interval '90 s', retries = 2 WHERE id = 2")
    found = queue("default")

    assert (1, 1, 1, 1, 1) == (found.ready, found.scheduled, found.running, found.retrying, found.workers)
    assert 90 <= found.oldest_ready_seconds < 90 + 60


def test_a_queue_that_is_known_and_empty_shows_zero() -> None:
    """A registered actor's queue, a paused one, and one whose last job is gone stay; pauses say by whom and why."""
    with transaction() as conn:
        ledger.register_actors(conn, [{"name": "t.one", "queue": "quiet", "priority": 0, "lane": "long"}])
        ledger.pause(conn, "stopped", "somebody", "a reason")
    ledger_jobs.put(NewJob("t.gone", queue="over"))
    look()
    hands.run("DELETE FROM bellwork.jobs")
    found = {each.queue: each for each in look().queues}

    assert {"quiet": 0, "stopped": 0, "over": 0} == {name: each.ready for name, each in found.items()}
    assert ("somebody", "a reason") == (found["stopped"].paused_by, found["stopped"].pause_reason)


def test_jobs_that_no_live_worker_knows_are_ready() -> None:
    """They count, and the snapshot names their actor and their queue."""
    ledger_jobs.put(NewJob("t.nobody", queue="nowhere"))
    found = look()

    assert 1 == next(each for each in found.queues if each.queue == "nowhere").ready
    assert ["t.nobody"] == [row["actor"] for row in found.unknown_actors]
    assert ["nowhere"] == [row["queue"] for row in found.unheard_queues]


def test_what_was_there_before_the_first_snapshot_did_not_come() -> None:
    """Totals begin with the first snapshot."""
    finish(ledger_jobs.claim_one())
    ledger_jobs.put()

    assert (0, 0, 0, 0, 0) == totals()


def test_everything_is_counted_once() -> None:
    """What came, was done, died and was cancelled, and each failed attempt, however the job ended."""
    totals()
    worker = ledger_jobs.appear()
    done, died, retried, gone, waits = ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * 5)
    finish(*ledger_jobs.claim(worker, [done]))
    [doomed] = ledger_jobs.claim(worker, [died])
    [failing] = ledger_jobs.claim(worker, [retried])
    with transaction() as conn:
        ledger.mark_dead(conn, doomed.held, "it had to be", {"attempt": 1})
        ledger.retry(conn, failing.held, 0, {"attempt": 1})
        ledger.cancel(conn, [gone], "not wanted")
    first = totals()
    [again] = ledger_jobs.claim(worker, [retried])
    finish(again)

    assert (5, 1, 1, 1, 2) == first
    assert (5, 2, 1, 1, 2) == totals()
    assert (5, 2, 1, 1, 2) == totals()
    assert [waits] == ledger_jobs.put(NewJob("t.x", queue="x"))[:1]


def test_a_dead_job_that_is_put_back_comes_again() -> None:
    """It is no job that was finished any more, and what it becomes is counted anew."""
    totals()
    job = ledger_jobs.claim_one()
    with transaction() as conn:
        ledger.mark_dead(conn, job.held, "once")
    assert (1, 0, 1, 0, 1) == totals()
    with transaction() as conn:
        ledger.retry_finished(conn, [job.id])
    assert (2, 0, 1, 0, 1) == totals()


def test_a_transaction_that_is_open_for_long_is_counted_when_it_is_committed(database: str) -> None:
    """However many snapshots are taken meanwhile, and whatever was finished after it began."""
    totals()
    slow, quick = ledger_jobs.claim_one(), ledger_jobs.claim_one()
    with psycopg.connect(database) as own:
        own.execute("SELECT bellwork.finish(%s, %s, %s)", slow.held)
        finish(quick)
        assert (2, 1, 0, 0, 0) == totals()
        assert (2, 1, 0, 0, 0) == totals()
    assert (2, 2, 0, 0, 0) == totals()
    assert (2, 2, 0, 0, 0) == totals()


def test_another_server_s_transactions_begin_a_new_count() -> None:
    """After a restore into a server whose transactions have lower numbers nothing is counted twice, and all goes on."""
    totals()
    finish(ledger_jobs.claim_one())
    hands.run("UPDATE bellwork.snapshot SET seen = '99999999999:99999999999:'")
    assert (0, 0, 0, 0, 0) == totals()
    finish(ledger_jobs.claim_one())
    assert (1, 1, 0, 0, 0) == totals()


def test_one_scheduler_at_a_time_takes_it(database: str) -> None:
    """Whoever finds the row held goes on without it, and each second of the clock has one snapshot at most."""
    with psycopg.connect(database) as own:
        own.execute("SELECT FROM bellwork.snapshot FOR UPDATE")
        assert not take("another:2")
    assert take("another:2")
    hands.run("UPDATE bellwork.snapshot SET at = now() + interval '9 seconds', every = 60")
    assert not take("another:2")


def test_several_schedulers_count_no_job_twice() -> None:
    """Eight at once, while jobs are finished: the totals are the number of jobs."""
    totals()
    stop = threading.Event()

    def takes(by: str) -> None:
        while not stop.is_set():
            hands.run(
                "UPDATE bellwork.snapshot SET at = at - interval '2 s', every = 1 WHERE at > now() - interval '1 s'"
            )
            take(by)

    threads = [threading.Thread(target=takes, args=(f"host:{number}",)) for number in range(4)]
    for each in threads:
        each.start()
    try:
        worker = ledger_jobs.appear()
        for _ in range(30):
            finish(*ledger_jobs.claim(worker, ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * 3)))
    finally:
        stop.set()
        for each in threads:
            each.join()

    assert (90, 90, 0, 0, 0) == totals()


def test_rates_waits_and_runs_are_of_what_happened_lately() -> None:
    """Ten jobs in a second are some a second for a while; their waits and run times have quantiles."""
    look()
    finish(*ledger_jobs.claim(ledger_jobs.appear(), ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * 10)))
    hands.run("""
        UPDATE bellwork.finished_jobs
        SET run_at = claimed_at - interval '20 s', finished_at = claimed_at + interval '3 s'
    """)
    found = queue("default")

    assert 10 / 60 < found.in_rate == found.out_rate <= 10
    assert 10 <= (found.wait_p50 or 0) <= (found.wait_p95 or 0) <= 30
    assert 2.5 <= (found.run_p50 or 0) <= (found.run_p95 or 0) <= 5
    later = queue("default", 3600)
    assert (0.0, 0.0, None) == (later.in_rate, later.out_rate, later.run_p50)
    assert 10 == sum(later.waits) == sum(later.runs)
    assert 30 <= later.run_seconds < 31


def test_a_forecast_says_when_nothing_will_be_ready() -> None:
    """By what leaves more than comes; none where a queue grows, or is paused."""
    look()
    ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * 40)
    assert queue("default").drain_seconds is None
    worker = ledger_jobs.appear()
    finish(*ledger_jobs.claim(worker, list(range(1, 21))))
    found = queue("default", 60)

    assert found.ready == 20
    assert 0 < (found.drain_seconds or 0) == pytest.approx(20 / (found.out_rate - found.in_rate))
    with transaction() as conn:
        ledger.pause(conn, "default", "somebody", "a reason")
    assert queue("default").drain_seconds is None


def test_deaths_of_a_day_are_counted_by_queue() -> None:
    """At each snapshot new ones are added; now and then they are counted anew, without those that were put back."""
    job = ledger_jobs.claim_one()
    with transaction() as conn:
        ledger.mark_dead(conn, job.held, "once")
    assert 1 == queue("default").dead_24h
    with transaction() as conn:
        ledger.retry_finished(conn, [job.id])
    assert 1 == queue("default").dead_24h
    hands.run("UPDATE bellwork.snapshot SET dead_at = dead_at - interval '1 hour'")
    assert 0 == queue("default").dead_24h


def test_actors_have_totals_of_their_own() -> None:
    """By queue, for whoever asks which kind of job fails."""
    look()
    ledger_jobs.put(NewJob("t.one"), NewJob("t.two"), NewJob("t.two"))
    look()
    with transaction() as conn:
        found = {each.actor: each.enqueued_total for each in actors(psycopg_of(conn))}

    assert {"t.one": 1, "t.two": 2} == found


def test_a_stale_snapshot_says_so() -> None:
    """One that nobody renewed for a while; and where none was ever taken there is none."""
    with transaction() as conn:
        assert latest(psycopg_of(conn)) is None
    assert not look().is_stale
    hands.run("UPDATE bellwork.snapshot SET at = now() - interval '2 min'")
    with transaction() as conn:
        found = latest(psycopg_of(conn))
    assert found is not None
    assert found.is_stale
    assert 120 <= found.age < 120 + 60


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    """What was written in a time that is to come is not believed, and the next one is taken as if it were the first."""
    ledger_jobs.put()
    look()
    hands.run("UPDATE bellwork.snapshot SET at = at + interval '1 day', dead_at = now() + interval '1 day',"
              " around_at = now() + interval '1 day', minutes_until = now() + interval '1 day'")  # fmt: skip
    with transaction() as conn:
        ahead = latest(psycopg_of(conn))
    now = look(0)

    assert ahead is not None
    assert (True, False) == (ahead.is_stale, now.is_stale)
    assert 1 == now.queues[0].ready
    assert keep_around()
    sum_up()
    with transaction() as conn:
        late = text("SELECT greatest(at, dead_at, around_at, minutes_until) > now() FROM bellwork.snapshot")
        assert not conn.execute(late).scalar_one()


def test_seconds_are_kept_and_summed_up_to_minutes() -> None:
    """The last hour second by second, where there was anything; each minute once, with what happened in it."""
    look()
    with transaction() as conn:
        ledger.register_actors(conn, [{"name": "t.one", "queue": "quiet", "priority": 0, "lane": "long"}])
    finish(*ledger_jobs.claim(ledger_jobs.appear(), ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * 10)[:4]))
    look()
    with transaction() as conn:
        driver = psycopg_of(conn)
        [second], quiet = hour(driver, "default"), hour(driver, "quiet")
        assert (10, 4, 6, []) == (second.enqueued, second.done, second.ready, quiet)
        conn.execute(
            text(
                """UPDATE bellwork.queue_seconds SET at = at - interval '3 min', place = (place + 3600 - 180) % 3600"""
            )
        )
        conn.execute(text("UPDATE bellwork.snapshot SET minutes_until = NULL"))
    assert (1, 0) == (sum_up(), sum_up())
    with transaction() as conn:
        [minute] = month(psycopg_of(conn), "default")
    assert (10, 4, 6) == (minute.enqueued, minute.done, minute.ready)
    assert 0 == minute.at.second


def test_an_hour_later_a_second_takes_the_place_of_another() -> None:
    """So the seconds of a queue are 3,600 rows at most."""
    ledger_jobs.put()
    look()
    hands.run("UPDATE bellwork.queue_seconds SET at = at - interval '1 hour'")
    look()
    with transaction() as conn:
        assert 1 == len(hour(psycopg_of(conn), "default"))
    assert hands.ask("SELECT count(*) FROM bellwork.queue_seconds") <= 2


def test_what_is_new_in_the_history_is_read_by_index() -> None:
    """However many rows lie in the day's partition that nobody has analysed."""
    hands.run("""
        INSERT INTO bellwork.finished_jobs (id, queue, actor, state, priority, run_at, args, options, attempt, retries,
            crashes, claimed_at, errors, created_at, finished_at)
        SELECT n, 'default', 't.listed', 'done', 0, now(), '{}', '{}', 1, 0, 0, now(), '[]', now(), now()
        FROM generate_series(1, 20000) n
    """)
    with transaction() as conn:
        driver = psycopg_of(conn)
        times = driver.execute("SELECT now() - interval '12 hours', now() + interval '1 hour'").fetchone()
        assert times is not None
        driver.execute("SET LOCAL enable_seqscan = off")
        asked = {"bounds": [1.0], "since": times[0], "until": times[1], "xmax": "900000000", "xip": ["5"]}
        shown = "\n".join(row[0] for row in driver.execute(b"EXPLAIN " + _FINISHED, asked).fetchall())

    assert "finished_in" in shown
    assert "Seq Scan" not in shown
