"""How much of a host one lab may use, as a lab template's `resource_limits` say it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|k|M|G|Ki|Mi|Gi)?")
_MOST = {"cpu": Decimal(64), "memory": Decimal(2**38), "storage": Decimal(2**38), "pids": Decimal(32_768)}
_LEAST = {"cpu": Decimal("0.01"), "memory": Decimal(2**24), "storage": Decimal(2**16), "pids": Decimal(8)}


@dataclass(frozen=True)
class Limits:
    """`cpu` in cores, `memory` and `storage` (of the home) in bytes, `pids` in processes and threads at once.

    The defaults are those of the learning platform's table of lab templates; it names none for processes.
    """

    cpu: float = 0.5
    memory: int = 512 * 2**20
    storage: int = 2**30
    pids: int = 256

    @classmethod
    def of(cls, given: Any) -> Limits:
        """Read {"cpu": "0.5", "memory": "512Mi", "storage": "1Gi", "pids": 256}; what is not said is the default.

        Quantities are Kubernetes' (500m, 512Mi, 1G). Raises ValueError with what is wrong.
        """
        if not isinstance(given, dict):
            raise ValueError(f"resource_limits are {given!r}; they are an object such as {{'memory': '512Mi'}}")  # noqa: TRY004
        if unknown := given.keys() - _MOST.keys():
            raise ValueError(
                f"resource_limits know no {', '.join(sorted(map(repr, unknown)))}; only {', '.join(_MOST)}"
            )
        said = {name: _number(name, value) for name, value in given.items()}
        whole = {
            name: int(said[name]) if name in said else getattr(cls, name) for name in ("memory", "storage", "pids")
        }
        return cls(float(said.get("cpu", cls.cpu)), **whole)


def _number(name: str, value: Any) -> Decimal:
    is_text = isinstance(value, str | int | float) and not isinstance(value, bool)
    found = _QUANTITY.fullmatch(str(value).strip()) if is_text else None
    if not found:
        raise ValueError(f"resource_limits.{name} is {str(value)[:40]!r}; write a quantity such as 0.5, 500m, 512Mi")
    number = Decimal(found[1]) * (Decimal("0.001") if found[2] == "m" else _UNITS[found[2] or ""])
    if not _LEAST[name] <= number <= _MOST[name]:
        raise ValueError(
            f"resource_limits.{name} is {str(value)[:40]}; it lies between {_LEAST[name]} and {_MOST[name]}"
        )
    return number
