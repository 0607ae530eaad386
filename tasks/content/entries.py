"""What recurs in the content system: add a line here, and every scheduler knows it at its next start."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry

ENTRIES = (
    CalendarEntry(
        "content.sweep_stuck",
        "* * * * *",
        "content.sweep_stuck",
        "takes up requests that stand too long in a stage",
    ),
    CalendarEntry(
        "content.retry_failed",
        "* * * * *",
        "content.retry_failed",
        "tries failed requests again, minutes later",
    ),
    CalendarEntry(
        "content.expire_clarifications",
        "* * * * *",
        "content.expire_clarifications",
        "gives up on questions that no student answered",
    ),
    CalendarEntry("content.check_alerts", "* * * * *", "content.check_alerts", "looks whether something is wrong"),
    CalendarEntry(
        "content.ping", "*/5 * * * *", "content.ping", "asks the platform whether it is there, if PING_URL is set"
    ),
    CalendarEntry(
        "content.ask_synthetic",
        "37 * * * *",
        "content.ask_synthetic",
        "asks for a lesson on trial, if SYNTHETIC_REQUESTS is set",
    ),
    CalendarEntry(
        "content.count_figures",
        "4 * * * *",
        "content.count_figures",
        "counts what requests of the last hours and days came to",
    ),
    CalendarEntry(
        "content.expire_account_requests",
        "19 * * * *",
        "content.expire_account_requests",
        "denies requests for accounts that nobody decided within 30 days",
        careful=True,
    ),
    CalendarEntry(
        "content.sweep_feedback",
        "* * * * *",
        "content.sweep_feedback",
        "applies feedback whose job nobody sent",
    ),
    CalendarEntry(
        "content.end_contracts",
        "11 4 * * *",
        "content.end_contracts",
        "tells of contracts that end, and ends them",
        careful=True,
    ),
    CalendarEntry(
        "content.remove_uploads",
        "29 4 * * *",
        "content.remove_uploads",
        "removes uploaded files of a week ago",
        careful=True,
    ),
)
