"""Every type of argument that JSON lacks, with values of it: an actor of each in each lane and in the event loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import dramatiq
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

if TYPE_CHECKING:
    from dramatiq import Actor

BERLIN = ZoneInfo("Europe/Berlin")
LONG, SHORT, ASYNC = "t.kinds", "t.kinds_short", "t.kinds_async"
#: What each actor was called with.
got: dict[str, list[Any]] = defaultdict(list)


class Colour(Enum):
    """Some by texts, some by numbers."""

    RED = "red"
    GREEN = 2
    NONE = None


class Shade(StrEnum):
    """Texts themselves."""

    LIGHT = "light"
    DARK = "dark"


class Grade(IntEnum):
    """Numbers themselves."""

    GOOD = 1
    BAD = 6


class Point(NamedTuple):
    """A tuple with names."""

    x: int
    at: date


class Loan(TypedDict):
    """A dict with types."""

    book: str
    until: date


@dataclass
class Essay:
    """A dataclass with another inside."""

    pupil: UUID
    handed_in: datetime
    before: Essay | None = None
    marks: list[Decimal] = field(default_factory=list)


@dataclass(eq=False)
class Note:
    """One that cannot be compared."""

    on: date


class Order(BaseModel):
    """A model with an alias."""

    number: int = Field(alias="no")
    due: datetime | None = None
    colours: frozenset[Colour] = frozenset()
    takes: timedelta = timedelta(0)


class Refund(BaseModel):
    """A model that looks otherwise."""

    amount: Decimal


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5)
ZONES = st.sampled_from([None, UTC, BERLIN]) | st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m)))
#: Local time had seconds in its offset before.
INSTANTS = st.tuples(
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001 - bounds of naive ones
    ZONES,
).map(lambda both: both[0].replace(tzinfo=both[1]))
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
ESSAYS = st.recursive(
    st.builds(Essay, st.uuids(), INSTANTS, st.none(), st.lists(DECIMALS, max_size=2)),
    lambda inner: st.builds(Essay, st.uuids(), INSTANTS, inner, st.just([])),
    max_leaves=3,
)
ORDERS = st.builds(
    Order,
    no=st.integers(),
    due=st.none() | INSTANTS,
    colours=st.frozensets(st.sampled_from(Colour)),
    takes=st.timedeltas(),
)
REFUNDS = st.builds(Refund, amount=DECIMALS)

#: Name, annotation and values.
KINDS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "datetime": (datetime, INSTANTS),
    "date": (date, st.dates()),
    "time": (time, st.times(timezones=st.none() | st.just(UTC))),
    "timedelta": (timedelta, st.timedeltas()),
    "uuid": (UUID, st.uuids()),
    "decimal": (Decimal, DECIMALS),
    "enum": (Colour, st.sampled_from(Colour)),
    "str_enum": (Shade, st.sampled_from(Shade)),
    "int_enum": (Grade, st.sampled_from(Grade)),
    "dataclass": (Essay, ESSAYS),
    "model": (Order, ORDERS),
    "optional": (datetime | None, st.none() | INSTANTS),
    "list": (list[UUID], st.lists(st.uuids(), max_size=3)),
    "sequence": (Sequence[date], st.lists(st.dates(), max_size=3)),
    "dict": (dict[str, Decimal], st.dictionaries(TEXTS, DECIMALS, max_size=3)),
    "mapping": (Mapping[str, list[date]], st.dictionaries(TEXTS, st.lists(st.dates(), max_size=2), max_size=2)),
    "keys": (dict[UUID, int], st.dictionaries(st.uuids(), st.integers(), max_size=3)),
    "numbers_for_keys": (dict[int, date], st.dictionaries(st.integers(-9, 9), st.dates(), max_size=3)),
    "tuple": (tuple[int, date, str], st.tuples(st.integers(), st.dates(), TEXTS)),
    "tuple_of_any_length": (tuple[Decimal, ...], st.lists(DECIMALS, max_size=3).map(tuple)),
    "named_tuple": (Point, st.builds(Point, st.integers(), st.dates())),
    "set": (set[UUID], st.sets(st.uuids(), max_size=3)),
    "frozenset": (frozenset[Colour], st.frozensets(st.sampled_from(Colour))),
    "typed_dict": (Loan, st.fixed_dictionaries({"book": TEXTS, "until": st.dates()})),
    "models": (list[Order | Refund], st.lists(ORDERS | REFUNDS, max_size=2)),
    "union": (int | date | UUID | None, st.integers() | st.dates() | st.uuids() | st.none()),
    "date_or_datetime": (date | datetime, st.dates() | INSTANTS),
    "nested": (
        dict[str, list[Essay | None]],
        st.dictionaries(TEXTS, st.lists(st.none() | ESSAYS, max_size=2), max_size=2),
    ),
}
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - naive ones stay naive

#: One value of each that is hard to keep.
HARD: dict[str, Any] = {
    "datetime": datetime(2026, 10, 25, 2, 30, 0, 1, tzinfo=BERLIN, fold=1),
    "date": date(1, 1, 1),
    "time": time(23, 59, 59, 999_999),
    "timedelta": timedelta.min,
    "uuid": UUID(int=2**128 - 1),
    "decimal": Decimal("-0.10000000000000000000000000000000001E-400"),
    "enum": Colour.NONE,
    "str_enum": Shade.DARK,
    "int_enum": Grade.BAD,
    "dataclass": Essay(UUID(int=1), NAIVE, Essay(UUID(int=2), NAIVE, None, [Decimal("1.10")])),
    "model": Order(no=1, due=datetime(2026, 1, 1, tzinfo=UTC), colours=frozenset(Colour), takes=timedelta(days=400)),
    "optional": None,
    "list": [UUID(int=1), UUID(int=2)],
    "sequence": [date.max],
    "dict": {"": Decimal(1), "1": Decimal("1.0")},
    "mapping": {"a": [date.max], "b": []},
    "keys": {UUID(int=1): 1},
    "numbers_for_keys": {1: date.max},
    "tuple": (2**70, date.max, "é"),
    "tuple_of_any_length": (),
    "named_tuple": Point(-1, date.max),
    "set": set(),
    "frozenset": frozenset(Colour),
    "typed_dict": {"book": "Emil", "until": date.max},
    "models": [Refund(amount=Decimal("0.01")), Order(no=1)],
    "union": 5,
    "date_or_datetime": NAIVE,
    "nested": {"a": [None, Essay(UUID(int=1), datetime(2026, 1, 1, tzinfo=UTC))]},
}


def _declare(kind: str, queue: str) -> Actor[Any, Any]:
    def take(value: Any) -> None:
        got[f"{queue}.{kind}"].append(value)

    async def take_later(value: Any) -> None:
        take(value)

    function = take_later if queue == ASYNC else take
    function.__annotations__["value"] = KINDS[kind][0]
    lane = "short" if queue == SHORT else "long"
    return dramatiq.actor(actor_name=f"{queue}.{kind}", queue_name=queue, lane=lane, max_retries=0)(function)


#: An actor for each kind, by its queue.
ACTORS = {queue: {kind: _declare(kind, queue) for kind in KINDS} for queue in (LONG, SHORT, ASYNC)}
