"""What recurs for churn, interventions, reminders, reports and health, in the order of the jobs (TM8 to TM17)."""

from __future__ import annotations

from bellwork.db.vocabulary import CalendarEntry

CARE = (
    CalendarEntry(
        "tutoring.sweep_interventions",
        "*/5 * * * *",
        "tutoring.sweep_interventions",
        "raises interventions that nobody takes up or that are overdue, and writes to the manager",
        careful=True,
    ),
    CalendarEntry(
        "tutoring.track_outcomes",
        "20 1 * * *",
        "tutoring.track_outcomes",
        "enters what became of tutors 14 days after an intervention",
    ),
    CalendarEntry(
        "tutoring.settle_statuses",
        "40 0 * * *",
        "tutoring.settle_statuses",
        "says who is active, inactive or churned, and cancels what is open for who has left",
        careful=True,
    ),
    CalendarEntry(
        "tutoring.warn_first_sessions",
        "5 * * * *",
        "tutoring.warn_first_sessions",
        "writes to tutors of first sessions within a day that may go badly",
        careful=True,
    ),
    CalendarEntry(
        "tutoring.remind_feedback",
        "10 * * * *",
        "tutoring.remind_feedback",
        "asks students for feedback on sessions of 24 to 48 hours ago",
        careful=True,
    ),
    CalendarEntry(
        "tutoring.check_in",
        "15,45 * * * *",
        "tutoring.check_in",
        "begins check-ins after first sessions of 2 to 4 hours ago",
        careful=True,
    ),
    CalendarEntry(
        "tutoring.alert_reschedules",
        "0 10 * * *",
        "tutoring.alert_reschedules",
        "writes to tutors who reschedule too often, and to managers where it goes on",
        careful=True,
    ),
    CalendarEntry("tutoring.train_model", "0 2 * * *", "tutoring.train_model", "learns from what became of tutors"),
    CalendarEntry(
        "tutoring.report_week",
        "0 9 * * 1",
        "tutoring.write_report",
        "writes last week's report",
        args={"report": "weekly"},
        careful=True,
    ),
    CalendarEntry(
        "tutoring.report_month",
        "0 9 1 * *",
        "tutoring.write_report",
        "writes last month's report",
        args={"report": "monthly"},
        careful=True,
    ),
    CalendarEntry(
        "tutoring.report_interventions",
        "0 16 * * 5",
        "tutoring.write_report",
        "writes this week's report of interventions",
        args={"report": "interventions"},
        careful=True,
    ),
    CalendarEntry(
        "tutoring.report_churn",
        "0 10 1 * *",
        "tutoring.write_report",
        "writes last month's report of who may leave",
        args={"report": "churn"},
        careful=True,
    ),
    CalendarEntry(
        "tutoring.send_digests",
        "0 9 * * 1",
        "tutoring.send_digests",
        "writes to each tutor how the week went",
        careful=True,
    ),
    CalendarEntry("tutoring.check_health", "* * * * *", "tutoring.check_health", "notes what waits, and how long"),
    CalendarEntry(
        "tutoring.check_promise",
        "*/5 * * * *",
        "tutoring.check_promise",
        "notes whether insights come within an hour",
    ),
    CalendarEntry(
        "tutoring.report_uptime", "0 * * * *", "tutoring.report_uptime", "notes in how many minutes all was well"
    ),
)
