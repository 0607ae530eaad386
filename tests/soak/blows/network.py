"""Blows at the network between one program and one server: every mode that the proxies have, and refused mail."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.soak.blows.blow import Blow

if TYPE_CHECKING:
    from random import Random

    from tests.proxy import Proxy
    from tests.soak.field import Field

#: Seconds: shorter than the lease of a worker, and longer.
_SHORTEST, _LONGEST = 0.5, 6.0
_LAST_WORDS = {"postgres": (b"COMMIT", b"claimed_at", b"bellwork.enqueue"), "redis": (b"BZMPOP", b"ZADD")}


def trouble_postgres(field: Field, dice: Random) -> Blow:
    """Do something to one program's way to PostgreSQL."""
    member = dice.choice(field.fleet.members)
    return _trouble(member.postgres, dice, f"{member.name} and PostgreSQL", _LAST_WORDS["postgres"])


def trouble_redis(field: Field, dice: Random) -> Blow:
    """Do something to one program's way to Valkey."""
    member = dice.choice(field.fleet.members)
    return _trouble(member.redis, dice, f"{member.name} and Valkey", _LAST_WORDS["redis"])


def refuse_sender(field: Field, dice: Random) -> Blow:
    """Let the mail server refuse our sender for some seconds."""
    room = field.mailroom
    room.refusing = True
    return Blow("the mail server refuses our sender", dice.uniform(1, 6), partial(setattr, room, "refusing", False))


def _trouble(proxy: Proxy, dice: Random, between: str, needles: tuple[bytes, ...]) -> Blow:
    seconds = dice.uniform(_SHORTEST, _LONGEST)
    match dice.choice(("cut", "slow", "refused", "black", "mute", "reply", "reply", "reply")):
        case "cut":
            proxy.cut()
            return Blow(f"every connection between {between} cut")
        case "slow":
            delay = dice.uniform(0.05, 1.0)
            proxy.delay(delay)
            return Blow(f"answers between {between} {delay:.2f} s late", seconds, proxy.heal)
        case "refused":
            proxy.refuse()
            return Blow(f"no connection between {between}", seconds, proxy.heal)
        case "black":
            proxy.black_hole()
            return Blow(f"everything between {between} swallowed", seconds, proxy.heal)
        case "mute":
            proxy.mute()
            return Blow(f"answers between {between} swallowed", seconds, proxy.heal)
        case _:
            needle = dice.choice(needles)
            proxy.lose_reply(needle)
            return Blow(f"the answer to the next {needle.decode()} between {between} will be lost")
