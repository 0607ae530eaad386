"""Jobs that tell: secrets, an address and a name in each kind of error there is, in both lanes and in async actors."""

from __future__ import annotations

import logging
import os
from decimal import Decimal
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import dramatiq
import structlog
from pydantic import BaseModel, BeforeValidator
from sqlalchemy import text

from bellwork.tasks import providers
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from sqlalchemy import Connection

QUEUE, SHORT = "gossip", "gossip-short"
#: Where the test puts all secrets, one a line: whoever quotes a connection or an answer quotes one of them.
SECRETS = "GOSSIP"


class Form(BaseModel):
    """Something that a name is not."""

    age: int


def _twice(conn: Connection, name: str, address: str) -> None:
    for _ in range(2):
        conn.execute(text("INSERT INTO pupils VALUES (:name, :address)"), {"name": name, "address": address})


def _blurt(said: str) -> None:
    """Fail in a thread of its own, where nobody catches it."""
    raise ValueError(said)


def _on_dead(conn: Connection, args: dict[str, Any], reason: str) -> None:
    """Fail in on_dead as well."""
    del reason
    _twice(conn, args["name"], args["address"])


@dramatiq.actor(actor_name="gossip.tell", queue_name=QUEUE, max_retries=0)
def tell(name: str, address: str) -> None:
    """Log, then fail with everything in the error, in another thread and in this one."""
    said = f"{address} {os.environ[SECRETS]}"
    thread = Thread(target=_blurt, args=(said,))
    thread.start()
    thread.join()
    structlog.get_logger("gossip").info("asked", by=address, headers={"authorization": os.environ[SECRETS]})
    logging.getLogger("gossip").warning("asked by %s with %s", address, os.environ[SECRETS])
    del name
    raise ValueError(said)


@dramatiq.actor(actor_name="gossip.forbid", queue_name=QUEUE)
def forbid(name: str, address: str) -> None:
    """Fail for good, with everything in the reason."""
    del name
    raise Permanent(f"{address} {os.environ[SECRETS]}")


@dramatiq.actor(actor_name="gossip.tell_async", queue_name=QUEUE, max_retries=0)
async def tell_async(name: str, address: str) -> None:
    """Fail in a coroutine, because of what a form said of a name."""
    try:
        Form(age=name)  # type: ignore[arg-type] # it is the point
    except ValueError as wrong:
        raise RuntimeError(f"no form of {address}") from wrong


@dramatiq.actor(actor_name="gossip.break_rule", queue_name=QUEUE, max_retries=0, on_dead=_on_dead)
def break_rule(name: str, address: str) -> None:
    """Break a rule of the database in the job's own transaction."""
    with job.transaction() as conn:
        _twice(conn, name, address)


@dramatiq.actor(actor_name="gossip.break_rule_short", queue_name=SHORT, max_retries=0, lane="short")
def break_rule_short(name: str, address: str) -> None:
    """The same in a batch."""
    with job.transaction() as conn:
        _twice(conn, name, address)


@dramatiq.actor(actor_name="gossip.speak", queue_name=QUEUE, max_retries=0)
def speak(name: str, address: str) -> None:
    """Ask a provider that repeats what it was asked with."""
    providers.speech().speak(f"{name} {address}")


@dramatiq.actor(actor_name="gossip.mail", queue_name=QUEUE, max_retries=0)
def mail(name: str, address: str) -> None:
    """Write to somebody whom the server does not know, and says so."""
    providers.mail().send(providers.Letter(to=address, subject=name, text=name, html=None, key="gossip"))


@dramatiq.actor(actor_name="gossip.store", queue_name=QUEUE, max_retries=0)
def store(name: str, address: str) -> None:
    """Keep a file under somebody's address."""
    del name
    providers.storage().put(f"{address}.pdf", b"")


def _know(name: str) -> str:
    """Refuse whoever it is, by name."""
    raise ValueError(name)


@dramatiq.actor(actor_name="gossip.read", queue_name=QUEUE)
def read(name: Annotated[UUID, BeforeValidator(_know)], address: Decimal) -> None:
    """Be given what is neither."""


ALL = (tell, forbid, tell_async, break_rule, break_rule_short, speak, mail, store, read)
