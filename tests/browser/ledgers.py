"""Ledgers for pages to show: one of a fleet that works, one in which everything that can go wrong has."""

from __future__ import annotations

import json
from typing import Any

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy, NewJob, record_act
from bellwork.db.letters.hold import note_trouble
from bellwork.db.snapshot.around import keep_around
from tests.db.ledger import hands
from tests.db.snapshot.seconds import look
from tests.old_months import old_month
from tests.scheduler.calendars import bring, hourly, overdue

#: What an admin signs in with.
TOKEN = "r" * 32
_LONG = "content.understand_what_was_uploaded_and_write_it_down"
_WORKERS = """
INSERT INTO bellwork.workers (id, host, pid, master_pid, queues, actors, expires_at, started_at)
SELECT gen_random_uuid(), 'worker-' || n || '.eu-central-1.internal', 100 + n, 1,
    ARRAY['content', 'mail', 't', 'upkeep'], CAST(:actors AS jsonb),
    now() + make_interval(secs => CASE WHEN n <= :silent THEN -90 ELSE 3600 END),
    now() - interval '3 days'
FROM generate_series(1, :workers) n
"""
_RUN = """
UPDATE bellwork.jobs j SET state = 'running', attempt = 1, claimed_at = now() - (j.id % 7) * interval '40 s',
    worker_id = (SELECT w.id FROM bellwork.workers w WHERE expires_at > now() ORDER BY pid LIMIT 1 OFFSET j.id % 2)
WHERE j.id IN (SELECT id FROM bellwork.jobs WHERE queue IN ('content', 't') ORDER BY id LIMIT 6)
"""
_NEWEST = """
SELECT array_agg(id) FROM (
    SELECT id FROM bellwork.jobs WHERE actor = :actor AND state = 'available' ORDER BY id DESC LIMIT :count) j
"""
_FINISH = """
WITH gone AS (DELETE FROM bellwork.jobs WHERE id = ANY(:ids) RETURNING *)
INSERT INTO bellwork.finished_jobs (id, queue, actor, state, reason, priority, run_at, args, options, attempt, retries,
    crashes, errors, created_at, claimed_at, finished_at)
SELECT id, queue, actor, CAST(:state AS bellwork.job_state), :reason, priority, run_at, args, options, 2, 1, 0,
    CAST(:errors AS jsonb), created_at - interval '5 min', run_at, now() - (id % 50) * interval '1 min' FROM gone
"""
_MINUTES = """
INSERT INTO bellwork.queue_minutes (queue, at, seconds, ready, oldest_ready_seconds, scheduled, running, retrying,
    workers, enqueued, done, dead, cancelled, failed)
SELECT queue, date_trunc('minute', now()) - n * interval '1 min', 60, CAST(40 + 30 * sin(n / 7.0) AS integer), 2, 0, 8,
    0, 4, 200, CAST(180 + 120 * sin(n / 9.0) AS integer), 0, 0, 0
FROM generate_series(1, 58) n, unnest(ARRAY['content', 'mail', 't']) queue
WHERE date_trunc('minute', now()) - n * interval '1 min' >= date_trunc('day', now(), 'UTC')
"""
_TICKS = """
INSERT INTO bellwork.ticks (entry, tick, outcome, reason, job_id, decided_by, decided_at)
SELECT :entry, tick, outcome, CASE WHEN outcome <> 'enqueued' THEN 'no scheduler ran' END,
    CASE WHEN outcome = 'enqueued' THEN :job END, 'host:1', tick
FROM (SELECT now() - n * interval '1 h' AS tick, CASE WHEN n % :bad = 0 THEN 'missed' ELSE 'enqueued' END AS outcome
      FROM generate_series(1, 14) n) t
ON CONFLICT DO NOTHING
"""
_LETTERS = """
INSERT INTO bellwork.letters (key, system, kind, state, reason, recipient, domain, settled_at, posted_at)
SELECT concat('companion.nudge:', state, n), 'companion', 'nudge', state,
    CASE WHEN state <> 'sent' THEN 'the line was cut' END,
    'zebedee' || n || '@nightjar.example', 'nightjar.example', now(), now() - n * interval '3 min'
FROM generate_series(1, 4) n, unnest(CAST(:states AS text[])) state
"""
_STOPPED = """
INSERT INTO bellwork.suppressed_addresses (address_hash, list, why, domain, said)
VALUES (repeat('ab', 32), '', 'bounced', 'nightjar.example', '550 5.1.1 no such person'),
       (repeat('cd', 32), 'companion.nudge', 'unsubscribed', 'kestrel.example', NULL)
"""
_OBJECTIVES = """
WITH promised AS (
    INSERT INTO bellwork.actors (name, queue, priority, lane, slo_seconds, slo_share)
    VALUES (:long, 'content', 0, 'long', 300, 0.95), ('mail.send', 'mail', 0, 'long', 60, 0.99)
    ON CONFLICT (name) DO UPDATE SET slo_seconds = excluded.slo_seconds, slo_share = excluded.slo_share RETURNING name)
INSERT INTO bellwork.slo_minutes (actor, place, at, total, missed)
SELECT name, CAST(extract(epoch FROM minute) AS bigint) / 60 % 480, minute, 40,
    CASE WHEN name = :long THEN :missed ELSE 0 END
FROM promised, generate_series(now() - interval '5 h', now(), '1 min') moment, date_trunc('minute', moment) minute
"""
_CRASHES = "INSERT INTO bellwork.crashes (actor, job_id) SELECT 't.deadly', generate_series(1, 3)"
_LATE = "UPDATE bellwork.jobs SET run_at = now() - interval '18 min' WHERE state = 'available' AND queue <> 'upkeep'"
_TRACE = 'Traceback (most recent call last):\n  File "/srv/work.py", line 7, in run\n    step()\n' * 30


def busy(*, workers: int = 4, silent: int = 0, bad: int = 99, missed: int = 1) -> None:
    """A fleet that works: jobs in every state, an hour of figures, an entry with ticks, letters, acts, objectives."""
    actors = dict.fromkeys([_LONG, "mail.send", "t.work", "upkeep.sweep", "t.deadly"])
    hands.run(_WORKERS, actors=json.dumps(actors), workers=workers, silent=silent)
    with transaction() as conn:
        for queue, actor, count, delay in (
            *(("content", _LONG, 30, 0), ("mail", "mail.send", 12, 0), ("t", "t.work", 20, 0)),
            *(("upkeep", "upkeep.sweep", 5, 3600), ("t", "t.deadly", 2, 0)),
        ):
            args = {"resource_id": 4711, "name": "Zebedee Quillfeather", "path": "uploads/2026/lesson.pdf"}
            ledger.enqueue(conn, [NewJob(actor, args, queue=queue, delay=delay) for _ in range(count)])
    _finish("done", "t.work", 6)
    _finish("cancelled", "mail.send", 2, "nobody needs it")
    hands.run(_RUN)
    hands.run(_MINUTES)
    bring(hourly(), hourly("t.nudges", cron="*/15 6-20 * * 1-5", zone="America/Argentina/Buenos_Aires"))
    job = hands.ask("SELECT min(id) FROM bellwork.finished_jobs")
    hands.run(_TICKS, entry="t.hourly", job=job, bad=bad)
    hands.run(_LETTERS, states=["sent"])
    hands.run(_OBJECTIVES, long=_LONG, missed=missed)
    old_month(3)
    with transaction() as conn:
        record_act(
            conn,
            ChangedBy("ann", "exams are over, and nobody waits for it"),
            "jobs cancel",
            "job 12",
            {"12": "available"},
        )
        ledger.pause(conn, "upkeep", "ann", "the disk is being exchanged")
        ledger.resume(conn, "upkeep", "ann", "it is exchanged")
    _count()


def failing() -> None:
    """The same fleet, when everything that can go wrong has, but for the servers."""
    busy(silent=2, bad=3, missed=39)
    for exception in ("ValueError: 'ada' is no number", "TimeoutError: the provider did not answer within 30 s"):
        _finish("dead", _LONG, 3, exception)
        _finish("dead", "t.work", 2, exception)
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("t.gone", queue="forgotten") for _ in range(40)])
        ledger.pause(conn, "mail", "ann", "the mail server's certificate is over")
        note_trouble(conn, "535 the password is wrong")
    hands.run(
        "UPDATE bellwork.jobs SET retries = 2, errors = CAST(:errors AS jsonb) WHERE actor = 'mail.send'",
        errors=_errors("SMTPServerDisconnected: Connection unexpectedly closed"),
    )
    hands.run(_LATE)
    hands.run("UPDATE bellwork.queues SET paused_at = now() - interval '2 h'")
    hands.run(_CRASHES)
    hands.run(_LETTERS, states=["unknown", "refused"])
    hands.run(_STOPPED)
    hands.run("UPDATE bellwork.partitions SET held_by = 'ann', held_why = 'a court asked for it', held_at = now()")
    overdue("t.nudges", hours=2)
    _count()


def _finish(state: str, actor: str, count: int, reason: str | None = None) -> None:
    ids = hands.ask(_NEWEST, actor=actor, count=count)
    hands.run(_FINISH, ids=ids, state=state, reason=reason, errors=_errors(reason) if state == "dead" else "[]")


def _errors(error: str | None) -> str:
    told: list[dict[str, Any]] = [
        {"attempt": number, "at": "2026-01-01T00:00:00Z", "error": error, "traceback": f"{_TRACE}{error}"}
        for number in (1, 2)
    ]
    return json.dumps(told)


def _count() -> None:
    """Let a scheduler count, twice, so that there are rates."""
    hands.run("UPDATE bellwork.snapshot SET around_at = NULL")
    look()
    look()
    assert keep_around()
