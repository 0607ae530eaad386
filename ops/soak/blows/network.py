"""Blows at the network between one program and one server: every mode that the proxies have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.ops.soak.blows.blow import Blow

if TYPE_CHECKING:
    from random import Random

    from bellwork.ops.soak.field import Field
    from bellwork.ops.soak.proxy import Proxy

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
