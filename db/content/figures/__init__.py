"""Figures of requests by hour and day, of students by day, and who struggles.

plan      tables and views        hours     buckets of an hour, recomputed until they are fixed
days      sums of hours           students  adoption and activation, as they are now
read      what was found          synthetic the student whom no figure counts
"""

from bellwork.db.content.figures.days import count_days
from bellwork.db.content.figures.hours import FIXED_AFTER, Hours, count_hours, next_hours
from bellwork.db.content.figures.students import count_students
from bellwork.db.content.figures.synthetic import SYNTHETIC

__all__ = ["FIXED_AFTER", "SYNTHETIC", "Hours", "count_days", "count_hours", "count_students", "next_hours"]
