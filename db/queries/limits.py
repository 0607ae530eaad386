"""Numbers and words by which the ledger decides, and which whoever explains its decisions has to know."""

#: So many jobs of one actor, each of which killed its process alone within so many minutes, quarantine the actor.
CRASHED_JOBS, CRASHED_MINUTES = 3, 10
#: So many lost attempts are the last ones of a job: what takes its whole machine along must end, too.
MOST_LOST = 20
#: What the error of a job ends with whose arguments did not fit the worker that had it.
WAITS = "it waits for a worker that they fit"
