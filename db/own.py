"""What Bellwork itself brings, declared as any other system's: always there, whatever SYSTEMS says."""

from __future__ import annotations

from bellwork.db.vocabulary import PartitionedTable, RetentionRule, System

#: Two weeks of job history and three months of ticks ahead: time enough to see that no more are created. The ticks
#: are kept for one year and the month before. The ledger's migrations have a folder and a table of their own.
HISTORY = PartitionedTable(
    "bellwork.finished_jobs", "finished_at", "day", 14, keep="history_days", then="drop", grace=1
)
TICKS = PartitionedTable("bellwork.ticks", "tick", "month", 3, keep=13, then="drop")
#: What `bellwork.db.snapshot` keeps of each minute: a month of figures.
MINUTES = PartitionedTable("bellwork.queue_minutes", "at", "day", 14, keep=31, then="drop", grace=1)
#: Days of events that are told apart by whoever looks back furthest (content, 35 days; others bellwork.db.seen.BACK),
#: and one for whoever works around midnight.
SEEN = PartitionedTable("bellwork.seen_events", "day", "day", 14, keep=36, then="drop", grace=1)
#: A notice is told once for its kind and key while it is kept: no job tells of what happened a year ago.
NOTICES = RetentionRule(
    "bellwork.forget_notices",
    table="notices",
    column="created_at",
    days=366,
    action="delete",
    cron="37 3 * * *",
    purpose="what people were told in the application is kept for a year",
)
BELLWORK = System("bellwork", partitioned=(TICKS, HISTORY, MINUTES, SEEN), rules=(NOTICES,))
#: It keeps the place in order, whichever system made the mess, and has no tables.
UPKEEP = System(
    "upkeep",
    work="bellwork.tasks.upkeep",
    aside=("bellwork.tasks.upkeep.archive",),  # Arrow takes 35 MB of each process
    entries="bellwork.tasks.upkeep.entries",
)
#: It sends the letters of all systems (docs/letters.md).
MAIL = System("mail", work="bellwork.tasks.mail", entries="bellwork.tasks.mail.entries")
#: It tells other programs what happened, for all systems (docs/webhooks.md).
WEBHOOKS = System("webhooks", work="bellwork.tasks.webhooks", entries="bellwork.tasks.webhooks.entries")
OWN = (BELLWORK, UPKEEP, MAIL, WEBHOOKS)
