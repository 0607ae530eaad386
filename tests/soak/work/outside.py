"""Jobs whose effect is elsewhere: a letter, a loan, a nudge, metrics of a tutor, numbers, a course, a student."""

from __future__ import annotations

import dramatiq

from bellwork.tasks.providers import Letter, mail
from tests.soak import helped, learned, loans, nudged, taught, tutored
from tests.soak.work.steps import LONG, PATIENT, end, step


@dramatiq.actor(actor_name="soak.letter", queue_name=LONG, **PATIENT)
def letter(order: str, luck: int) -> None:
    """Write a letter, then leave an effect; a letter that was perhaps taken counts as sent."""
    del luck
    mail().send(Letter(to="someone@school.example", subject=order, text="An order was placed.", html=None, key=order))
    end(order)


@dramatiq.actor(actor_name="soak.loan", queue_name=LONG, **PATIENT)
def loan(order: str, luck: int) -> None:
    """Begin a pipeline of a system that is none of Bellwork's."""
    del luck
    with step(order, "ordered", "done") as conn:
        loans.ask(conn, order)


@dramatiq.actor(actor_name="soak.nudge", queue_name=LONG, **PATIENT)
def nudge(order: str, luck: int) -> None:
    """Let a learner be there who is to be nudged."""
    del luck
    with step(order, "ordered", "done") as conn:
        nudged.ask(conn, order)


@dramatiq.actor(actor_name="soak.session", queue_name=LONG, **PATIENT)
def session(order: str, luck: int) -> None:
    """Let a tutor have held a session, whose metrics are to follow."""
    del luck
    with step(order, "ordered", "done") as conn:
        tutored.teach(conn, order)


@dramatiq.actor(actor_name="soak.answer", queue_name=LONG, **PATIENT)
def answer(order: str, luck: int) -> None:
    """Let a learner have answered an item, which is to move his rating once and to be counted."""
    with step(order, "ordered", "done") as conn:
        learned.answer(conn, order, correct=luck > 0)


@dramatiq.actor(actor_name="soak.lesson", queue_name=LONG, **PATIENT)
def lesson(order: str, luck: int) -> None:
    """Let a learner have read the one lesson of a course, whose certificate is to follow."""
    del luck
    with step(order, "ordered", "done") as conn:
        taught.read(conn, order)


@dramatiq.actor(actor_name="soak.student", queue_name=LONG, **PATIENT)
def student(order: str, luck: int) -> None:
    """Let a student have failed four quizzes, whom a trainer is to help."""
    del luck
    with step(order, "ordered", "done") as conn:
        helped.fail(conn, order)
