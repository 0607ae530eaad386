"""Sends the pipeline's jobs under the keys that keep them single; inside a transaction, they belong to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.tasks.content.notify import post_notices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dramatiq import Actor
    from sqlalchemy import Connection

    from bellwork.db.content.queries import Generation, Moved
    from bellwork.tasks.content.notify import Kind


def send_generation(stage: Actor[Any, Any], generation: Generation) -> None:
    """Send a stage of a generation, unless any stage of it is on its way already, whoever asked for it."""
    stage.send_with_options(kwargs=generation.args, unique_key=generation.unique_key)


def send_request(stage: Actor[Any, Any], request_id: str) -> None:
    """Send a stage of one request, unless it is on its way already."""
    stage.send_with_options(kwargs={"request_id": request_id}, unique_key=f"{stage.actor_name}:{request_id}")


def send_notices(conn: Connection, requests: Iterable[Moved], kind: Kind) -> None:
    """Post the letters to the students whose requests have come so far."""
    post_notices(conn, [request.id for request in requests], kind)
