"""Anything that callers may send: JSON, what nearly is JSON, and texts, numbers and times of every kind."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.db.ledger.callers import ACTOR

_SCALARS = (*[f"a{number}" for number in range(9)], "é", "\U0001f514", " ", '"', "\\", "\u202e", "\x1b", "\x7f")


class _Literal(str):
    """A piece of JSON text that stands for itself."""

    __slots__ = ()


def _mostly(good: st.SearchStrategy[Any], bad: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 6).flatmap(lambda number: bad if number == 0 else good)


def _json(value: Any) -> str:
    if isinstance(value, _Literal):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_json, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {_json(each)}" for name, each in value.items()) + "}"
    return json.dumps(value, ensure_ascii=isinstance(value, str) and len(value) % 2 == 0)


_good_texts = st.lists(st.sampled_from(_SCALARS), min_size=1, max_size=12).map("".join)
#: Unicode with surrogates, zero bytes and unassigned characters, which st.text() leaves out by itself.
_texts = _mostly(_good_texts, st.text(st.characters(exclude_categories=()), max_size=20))
_numbers = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.builds(lambda digits, tens: f"{digits}e{tens}", st.integers(-99, 99), st.integers(-300, 300)),
)
_endless = st.sampled_from(
    [
        *("1e308", "-1e308", "1e309", "1e999", "1e4299", "-1e5000", "9e9999", "1e99999", "1e200000", "1e-15000"),
        *("NaN", "Infinity", "-Infinity", "-0", "0e9", "01", "1.", "+1", "9007199254740993", "0.1e-400"),
    ]
) | st.builds(lambda digits, tens: f"{digits}e{tens}", st.integers(-99, 99), st.integers(-15_000, 15_000))
_leaves = st.none() | st.booleans() | _texts | _mostly(_numbers, _endless).map(lambda number: _Literal(str(number)))
_values: st.SearchStrategy[Any] = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4), max_leaves=8
)
_objects = st.dictionaries(_texts, _values, max_size=4)
_deep = st.sampled_from([60, 63, 64, 65, 200, 1_500, 9_000]).map(lambda n: f'{{"x": {"[" * n}1{"]" * n}}}')
_broken = st.sampled_from(["", "{", "}", "nul", "\\", '"\\u12"', "{'x': 1}", "[1,]", "\ufeff{}", "1 2", '"\t"'])
_whens = _mostly(
    st.none() | st.sampled_from(["now", "2100-01-01", "tomorrow"]) | st.datetimes().map(str),
    st.sampled_from(["infinity", "-infinity", "epoch", "J0", "allballs", "24:00"]) | _texts,
)
_queues = _mostly(st.none() | st.sampled_from(["default", "a-queue.1"]), _texts)
_priorities = _mostly(st.none() | st.integers(-1_000, 1_000), st.integers(-(2**40), 2**40))
_actors = _mostly(st.just(ACTOR), _texts)
_keys = st.none() | _texts

#: Texts that are JSON, or look like it: mostly an object, as the functions want it.
documents = _mostly(_objects.map(_json), st.one_of(_values.map(_json), _deep, _broken, _texts))
#: Arguments of bellwork.enqueue.
calls = st.fixed_dictionaries(
    {"args": documents},
    optional={"actor": _actors, "queue": _queues, "priority": _priorities, "run_at": _whens, "key": _keys},
)
_jobs = st.fixed_dictionaries(
    {"actor": _actors},
    optional={
        "args": _objects,
        "queue": _queues,
        "priority": _priorities,
        "run_at": _whens,
        "unique_key": _keys,
    },
)
#: JSON text of a list of what mostly are jobs.
lists = _mostly(st.lists(_mostly(_jobs, _values), max_size=4).map(_json), documents)
