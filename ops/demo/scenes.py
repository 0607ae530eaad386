"""Finds the scenes of all systems that are installed, or of those that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.systems import SystemsError, load, systems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bellwork.db.vocabulary import System
    from bellwork.db.vocabulary.scene import Scene


def showing(only: Sequence[str] = ()) -> list[System]:
    """Return the systems that bring scenes, all or `only` these; raises SystemsError, which lists what there is.

    Nothing of their work is loaded.
    """
    found = {each.word: each for each in systems() if each.scenes}
    if not found:
        raise SystemsError("none of the systems that are installed brings a scene for the demo")
    for word in only:
        if word not in found:
            raise SystemsError(f"no system {word!r} brings a scene for the demo; there are {', '.join(found)}")
    return [each for word, each in found.items() if not only or word in only]


def scenes_of(each: System) -> Iterator[Scene]:
    """Load and make the scenes of a system; raises SystemsError where it has none after all."""
    module = each.scenes or ""
    found = getattr(load(each, module), "SCENES", None)
    if not isinstance(found, tuple | list) or not all(callable(make) for make in found):
        raise SystemsError(f"{module!r} of the system {each.word!r} has no SCENES, a tuple of classes of scenes")
    for make in found:
        yield make()
