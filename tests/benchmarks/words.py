"""The words around the numbers: how they were taken, and what they do not say."""

from __future__ import annotations

METHOD = """\
# Benchmarks

Bellwork beside stock Dramatiq, measured by `./run bench`, which rewrites this file. Nothing here asserts a speed.

Both sides run in the same minutes on the same two servers: PostgreSQL with `fsync` and `synchronous_commit` on, Valkey
with its append-only file. Each is two `dramatiq` processes of eight threads; stock means `RedisBroker` with its default
middleware and prefetch. Every measurement is taken three times in turns (A B C A B C A B C); a ratio compares the runs
of one round. Figures are median (min-max). A fleet that is up is stopped while its queue is filled; the clock runs from
5 % of the jobs to the last, when the database has all of it. CPU is user and system time of the worker tree (with
Bellwork's heartbeat process), of all processes of PostgreSQL and of Valkey; it depends little on the neighbours, so it
is the better figure of the two. The rows are checked after every run. Both sides run the same statements through
psycopg, and both are driven by one sender."""

HEADINGS = {
    "pipeline": "Six stages advance a row (a stage is a job)",
    "nothing": "Jobs that do nothing",
    "latency": "From send to the first line of the job",
    "bulk": "Enqueueing 10,000 jobs",
}

CAVEATS = """\
## How to read it

* The two sides do not promise the same. Bellwork commits a job's effect, its end and the next job together, once, and
  keeps a history row of it. Stock Dramatiq commits the row, then sends, then acknowledges: a crash in between loses or
  repeats a stage, and a crash of Valkey loses up to a second of messages.
* The long lane pays for that with two commits a job (claim, and effect), each waiting for the disk; a disk slower than
  this machine's makes it slower in jobs a second, not in CPU. It is meant for jobs that call a provider for seconds.
* The short lane shares a commit, a claim and a finish among up to 50 jobs, each under a savepoint of its own.
* A job that does nothing is a stock queue's best case: without effects there is nothing to be exact about.
* No scheduler runs here, so nothing tops up the due sets; every load stays below the 5,000 ids that one of them holds.
* The idle probes go to ten queues in turn, each of them idle for ten seconds; their p99 is the slowest of 30.
* A send to stock Dramatiq that is inside the sender's own transaction is not undone with it; Bellwork's is.
* The machine was shared while this was measured: jobs a second are depressed and vary, ratios vary less, CPU least."""
