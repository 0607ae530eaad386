"""Labs: a session gets a computer, is warned, extended, reset, judged and ended, and leaves nothing behind.

provision  from pending to running      sessions  what a learner asks for      release  a container ends, a home is kept
sweep      what is over, late, orphaned hosts     which queue is whose         ticket   who may type into a lab
submitted  what of a lab no judge can use
"""

from __future__ import annotations

from contextlib import suppress

from bellwork.db.settings import SettingsError, settings
from bellwork.tasks.courses.labs.hosts import queue_of
from bellwork.workers import broker

# A lab lives on the host that made it: each host's workers hear a queue of its own.
# Where no settings are to be had nothing is heard either: a program only looks at the actors.
with suppress(SettingsError):
    broker.declare_queue(queue_of(settings().labs_host))
