"""The snapshot: what stands in every queue and how fast it moves, counted once for all who look.

A scheduler takes it each second; whoever looks reads these tables and counts nothing. Nothing here loads SQLAlchemy
but what takes it, so that a command that only looks starts quickly.

read        the latest one, and the last hour and month of a queue       buckets     distributions, and their quantiles
take        counts, and writes it; one scheduler at a time               reckon      rates and totals from two counts
minutes     sums up the seconds that are over                             around      what else may be amiss
write       what has changed
signs       who is alive, what happened last, what is overdue, at any moment
"""

from bellwork.db.snapshot.read import ActorFigures, Point, QueueSnapshot, Snapshot, actors, hour, latest, lines, month

__all__ = ["ActorFigures", "Point", "QueueSnapshot", "Snapshot", "actors", "hour", "latest", "lines", "month"]
