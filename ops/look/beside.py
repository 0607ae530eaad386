"""What is amiss beside the queues: partitions, letters, webhooks, rows and jobs, systems' concerns, jobs that died."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.ops import words
from bellwork.ops.look.problem import Problem, first, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.look.picture import Picture


def beside(picture: Picture) -> Iterator[Problem]:
    """Partitions that run out, letters held or unknown, disabled endpoints, disagreements, concerns, a day's deaths."""
    around = picture.around
    if short := around["short_of_partitions"]:
        yield Problem(
            "fail",
            f"Partitions run out for {', '.join(short)}",
            "",
            "writes fail when the last one is full",
            "`bellwork partitions rotate`; a scheduler makes them by itself",
            "PartitionsShort",
            leads="/partitions",
        )
    yield from _letters(around["letters"], around["mail_hold"])
    yield from _webhooks(around["webhooks"])
    yield from _pipelines(around["reconciled"])
    yield from _concerns(around["concerns"])
    yield from _deaths(picture)


def _pipelines(compared: list[dict[str, Any]]) -> Iterator[Problem]:
    wrong = [each for each in compared if each["left"]]
    if wrong:
        count, names = sum(sum(each["left"].values()) for each in wrong), [each["pipeline"] for each in wrong]
        yield Problem(
            "warn",
            f"{words.plural(count, 'disagreement')} between rows and jobs of {first(names)}",
            wrong[0]["examples"][0] if wrong[0]["examples"] else "",
            "a row without its job waits until it gets one",
            "`bellwork reconcile` shows each, `bellwork reconcile --heal` mends them",
            "PipelinesDisagree",
            moment(wrong[0]["at"]),
            "/pipeline",
        )
    for each in compared:
        if each["error"]:
            yield Problem(
                "warn",
                f"Pipeline {each['pipeline']} is not compared with its jobs",
                each["error"],
                next="mend its description; `bellwork doctor` holds it against the table",
                leads="/pipeline",
            )


def _concerns(told: list[dict[str, Any]]) -> Iterator[Problem]:
    for each in told:
        words_ = {name: each[name] for name in ("what", "cause", "forecast", "next")}
        yield Problem("warn", **words_, runbook="SystemConcern", since=moment(each["since"]))


def _webhooks(disabled: list[dict[str, Any]]) -> Iterator[Problem]:
    for each in disabled:
        yield Problem(
            "warn",
            f"Webhook endpoint {each['id']} ({each['host']}) is disabled",
            each["why"],
            "what it would be told waits, for 90 days",
            f"mend the receiver, then `bellwork webhooks enable {each['id']} --reason …`",
            "WebhookDisabled" if each.get("failed", True) else "",
            moment(each["since"]),
        )


def _letters(letters: dict[str, Any], hold: dict[str, Any] | None) -> Iterator[Problem]:
    if hold:
        waiting = words.plural(letters["due"] + letters["later"], "letter")
        yield Problem(
            "warn",
            "Letters are held",
            hold["said"],
            f"{waiting} wait, and none is given up; one is tried now and then",
            "mend what the mail server says; `bellwork doctor` speaks with it",
            "MailHeld",
            moment(hold["since"]),
            "/mail",
        )
    if unknown := letters.get("unknown"):
        yield Problem(
            "warn",
            f"Nobody knows whether {words.plural(unknown, 'letter')} came",
            "the mail server's answer was lost",
            "they are not sent again by themselves",
            "`bellwork letters list --state unknown`, then send it again or believe that it came",
            "MailUnknown",
            leads="/mail",
        )


def _deaths(picture: Picture) -> Iterator[Problem]:
    died = picture.total("dead_24h") or picture.dead_24h
    if not died:
        return
    worst = max(picture.queues, key=lambda queue: queue.dead_24h, default=None)
    share = f", {worst.dead_24h:,} of them in queue {worst.queue!r}" if worst and worst.dead_24h < died else ""
    yield Problem(
        "warn",
        f"{words.plural(died, 'job')} died in the last 24 hours{'' if picture.counted else share}",
        "",
        "they stay dead until somebody retries them",
        "`bellwork jobs list --state dead` says why",
        "NewDeadLetters",
        leads="/failures",
    )
