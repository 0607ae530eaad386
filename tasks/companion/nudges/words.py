"""What nudges say."""

from __future__ import annotations

from bellwork.db.companion.nudges import Words

WORDS = Words(
    inactive=(
        "You have not had a session yet. Book your first one now: an hour with a tutor shows where to begin.",
        "You have had one session so far. Book the next one now, while it is fresh.",
        "You have had two sessions so far. Book the third one now, and it becomes a habit.",
    ),
    offers=("Book a session",),
    reached="You reached your goal “%s”: well done!",
    further=" You could go on with one of these: %s.",
    arrived="Welcome back! A short practice today keeps what you have learned.",
)
