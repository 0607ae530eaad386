"""What a soak may be given beside its own: more modules of work, more members of its fleet, more to judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bellwork.ops.soak.field import Field


def _nothing(_: Field) -> None:
    """Do nothing."""


def _no_violations(_: Field) -> list[str]:
    return []


@dataclass(frozen=True)
class Rig:
    """The parts of a soak that can be exchanged; without any, it is `bellwork soak`.

    `producer` is the module that places orders; `prepare` is called after the migration and before any program starts,
    `launch` after the workers and schedulers were started, `judge` when all is healed and quiet: it returns what is
    broken, a sentence for each.
    """

    producer: str = "bellwork.ops.soak.producer"
    settings: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Field], None] = _nothing
    launch: Callable[[Field], None] = _nothing
    judge: Callable[[Field], list[str]] = _no_violations
