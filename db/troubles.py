"""What is left alone, who said to be busy, and which disks take nothing: noted in Redis, read by whoever looks.

One hash holds all of it. A note has an end, by Redis' clock; what somebody else wrote there is no note.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redis import Redis

Kind = Literal["open", "busy", "full"]
KEY = "bellwork:troubles"
#: Seconds after which all of it is forgotten where nobody notes anything.
_REMEMBERED = 3_600


class Trouble(NamedTuple):
    """A provider that is left alone ('open') or asked to be ('busy'), or a disk ('full'): what it said, and since when.

    A provider is named by its word, a disk by the setting that leads to it and the host.
    """

    name: str
    kind: str
    said: str
    since: datetime


def note(redis: Redis, name: str, kind: Kind, said: str, seconds: float) -> None:
    """Note a trouble for so many seconds from now; what is noted already keeps its beginning. Raises RedisError."""
    now = _now(redis.time())
    known = {each.kind: each for each in read(now, _notes(redis)) if each.name == name}
    since = known[kind].since.timestamp() if kind in known else now
    with redis.pipeline() as pipe:
        text = json.dumps({"said": said, "since": since, "until": now + seconds})
        pipe.hset(KEY, f"{kind} {name}", text)
        pipe.expire(KEY, _REMEMBERED)
        pipe.execute()


def clear(redis: Redis, name: str, kind: Kind) -> None:
    """Forget a trouble that is over."""
    redis.hdel(KEY, f"{kind} {name}")


def troubles(redis: Redis) -> list[Trouble]:
    """Return the troubles that last; raises RedisError."""
    return read(_now(redis.time()), _notes(redis))


def read(now: float, notes: Mapping[bytes, bytes]) -> list[Trouble]:
    """Return the troubles that last now, in seconds since 1970; what is no note is left out."""
    found = [_trouble(now, field.decode(errors="replace"), text) for field, text in notes.items()]
    return sorted((each for each in found if each), key=lambda each: (each.kind != "open", each.since))


def _trouble(now: float, field: str, text: bytes) -> Trouble | None:
    kind, _, name = field.partition(" ")
    try:
        kept: dict[str, Any] = json.loads(text)
        if kept["until"] <= now or kind not in get_args(Kind):
            return None
        return Trouble(name, kind, str(kept["said"]), datetime.fromtimestamp(kept["since"], UTC))
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return None


def _notes(redis: Redis) -> Mapping[bytes, bytes]:
    return cast("dict[bytes, bytes]", redis.hgetall(KEY))


def _now(told: Any) -> float:
    seconds, micros = told
    return float(seconds) + float(micros) / 1_000_000
