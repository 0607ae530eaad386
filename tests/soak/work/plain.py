"""The simplest jobs: nothing at all, and one effect in either lane."""

from __future__ import annotations

import dramatiq

from tests.soak.work.steps import LONG, PATIENT, SHORT, end


@dramatiq.actor(actor_name="soak.nothing", queue_name=LONG, **PATIENT)
def nothing(order: str, luck: int) -> None:
    """Do nothing: the job is finished in a batch with others after it returned."""
    del order, luck


@dramatiq.actor(actor_name="soak.effect", queue_name=LONG, **PATIENT)
def effect(order: str, luck: int) -> None:
    """Leave one effect."""
    del luck
    end(order)


@dramatiq.actor(actor_name="soak.short_effect", queue_name=SHORT, lane="short", **PATIENT)
def short_effect(order: str, luck: int) -> None:
    """Leave one effect, in one transaction with its neighbours."""
    del luck
    end(order)


@dramatiq.actor(actor_name="soak.short_nothing", queue_name=SHORT, lane="short", **PATIENT)
def short_nothing(order: str, luck: int) -> None:
    """Do nothing between neighbours that do something."""
    del order, luck
