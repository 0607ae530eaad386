"""A pipeline of three stages that changes the lane twice and keeps one unique_key from its first job to its last."""

from __future__ import annotations

import dramatiq

from tests.soak.work.steps import LONG, PATIENT, SHORT, step


@dramatiq.actor(actor_name="soak.first", queue_name=LONG, **PATIENT)
def first(order: str, luck: int) -> None:
    """First stage."""
    with step(order, "ordered", "first"):
        second.send_with_options(kwargs={"order": order, "luck": luck}, unique_key=order)


@dramatiq.actor(actor_name="soak.second", queue_name=SHORT, lane="short", **PATIENT)
def second(order: str, luck: int) -> None:
    """Second stage."""
    with step(order, "first", "second"):
        third.send_with_options(kwargs={"order": order, "luck": luck}, unique_key=order)


@dramatiq.actor(actor_name="soak.third", queue_name=LONG, **PATIENT)
def third(order: str, luck: int) -> None:
    """Last stage."""
    del luck
    with step(order, "second", "third"):
        pass


@dramatiq.actor(actor_name="soak.quick_first", queue_name=LONG, **PATIENT)
def quick_first(order: str, luck: int) -> None:
    """First stage of a chain that may stay on one thread."""
    with step(order, "ordered", "first"):
        quick_second.send_with_options(kwargs={"order": order, "luck": luck}, unique_key=order)


@dramatiq.actor(actor_name="soak.quick_second", queue_name=LONG, **PATIENT)
def quick_second(order: str, luck: int) -> None:
    """Last stage of it."""
    del luck
    with step(order, "first", "second"):
        pass
