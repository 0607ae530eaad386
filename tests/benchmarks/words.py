"""The words around the numbers: how they were taken, and what they do not say."""

from __future__ import annotations

METHOD = """\
# Benchmarks

Bellwork beside its peers, measured by `./run bench`, which rewrites this file. Nothing here asserts a speed.

    ./run bench                  everything, two hours; rewrites this file and its picture, table by table
    ./run bench --only w2,w3     some of it; the other tables stay as they are
    ./run bench --quick          3 short rounds, under 5 minutes, rewrites nothing (but with --write)
    ./run bench --json           as data, unrounded, round by round

Everybody runs on the same two servers: PostgreSQL with `fsync` and `synchronous_commit` on, Valkey with its append-only
file. Contestants take turns, round after round (A B C A B C …); a ratio compares the runs of one round. Figures are
median (min-max). In its turn a contestant gets empty servers and a fleet of two processes of eight threads, or its
likeness, which does all loads of the round. The fleet is stopped while a queue is filled; the clock runs from 5 % of
the jobs to the last. CPU is user and system time of all processes of the workers, of PostgreSQL and of Valkey; it
depends little on the neighbours, so it is the better figure of the two. The rows are checked after every run. All run
the same statement through psycopg, and none writes a line of log a job.

| | run as |
|---|---|
| Bellwork | `dramatiq bellwork.workers.main` with its heartbeat process; jobs of the short lane share commits |
| Dramatiq | `dramatiq`, RedisBroker, default middleware and prefetch |
| Huey | 2 x `huey_consumer -w 8 -k thread -n -q`, no results, no acknowledgement: a crash loses what was taken |
| Celery | 2 x `celery worker -P threads -c 8`, no results, acknowledged when taken (its default) |
| Taskiq | `taskiq worker -w 2 --max-async-tasks 8`, RedisStreamBroker, acknowledged at the end, uvloop |
| Procrastinate | 2 x `procrastinate worker -c 8`, async tasks |
| PgQueuer | 2 processes with a QueueManager, asyncpg and uvloop; batches of 10 (default) or 100, twice that at once |

The peers, stock Dramatiq among them, live in an environment of their own, `.venv-peers`, at the versions of
`peers/requirements.txt`. A peer is a file in `peers/`: its three jobs, its command lines, how it sends and how it
counts what is left."""

CAVEATS = """\
## How to read it

* They do not promise the same. Bellwork commits a job's effect, its end and the next job together, once, and keeps a
  history row of it. Procrastinate and PgQueuer commit the effect and the next job together; the end comes apart. Those
  on Redis commit the row, then send, then acknowledge, if they do: a crash in between loses or repeats a stage, and a
  crash of Valkey loses up to a second of messages.
* A peer's clock stops when its last job has returned, Bellwork's when its last job is committed as finished.
* The long lane pays for its promise with two commits a job (claim, and effect), each waiting for the disk; a slower
  disk makes it slower in jobs a second, not in CPU. It is meant for jobs that call a provider for seconds.
* The short lane shares a commit, a claim and a finish among up to 50 jobs, each under a savepoint of its own.
* A job that does nothing is a stock queue's best case: without effects there is nothing to be exact about.
* Taskiq, Procrastinate and PgQueuer run on asyncio and speak async psycopg, which costs more a statement.
* No scheduler runs but where ticks or callers in SQL are measured. Nobody was tuned but PgQueuer's batch of 100.
* While the waiting after idleness is measured, all fleets are up side by side; each spell gives a probe of each.
* What changes tables (partitions, conversions) runs on a PostgreSQL of its own: Debian's, where pg_partman is
  installed, else the embedded one. A wait is counted from the moment a write was due, so none hides behind another.
* A machine that is shared depresses jobs a second and makes them vary; ratios vary less, CPU least."""
