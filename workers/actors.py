"""Loads the actors of every system, and of the modules that BELLWORK_WORK_MODULES names beside them."""

from __future__ import annotations

import importlib
from pkgutil import walk_packages
from typing import TYPE_CHECKING

import structlog

from bellwork.db.settings import SettingsError, settings
from bellwork.db.systems import load, systems
from bellwork.db.trust import look_here
from bellwork.workers.work_modules import meant_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.db.vocabulary import System

log = structlog.get_logger("bellwork.main")


def load_actors() -> None:
    """Import every module of each system's work but what stands aside, and those of BELLWORK_WORK_MODULES.

    Their actors run in this process then. The latter may lie in the folder this process starts in, which comes last on
    the way and only where it may be believed. Raises SettingsError for a module that cannot be imported.
    """
    for each in systems():
        for module in _work_of(each):
            load(each, module)
    reason = look_here()
    for name in filter(None, map(str.strip, settings().work_modules.split(","))):
        module = meant_by(name)
        if module != name:
            log.warning("BELLWORK_WORK_MODULES names the built-in work by its old name", given=name, taken_as=module)
        _import(name, module, reason)


def _work_of(each: System) -> Iterator[str]:
    """Name the modules of a system's work, all that lie in its package but those that stand aside or others load."""
    if each.work is None:
        return
    package = load(each, each.work)
    yield each.work
    others = tuple(filter(None, (each.entries, each.departures, each.scenes, *each.aside)))
    for found in walk_packages(getattr(package, "__path__", ()), f"{each.work}."):
        if not f"{found.name}.".startswith(tuple(f"{other}." for other in others)):
            yield found.name


def _import(name: str, module: str, reason: str | None) -> None:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if not f"{module}.".startswith(f"{error.name}."):
            raise
        msg = f"BELLWORK_WORK_MODULES names {name!r}, which cannot be imported" + (f" ({reason})" if reason else "")
        raise SettingsError(msg) from None
