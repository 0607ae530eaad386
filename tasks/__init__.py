"""The work, one folder for each system; what a system's folder declares is found by its name (bellwork.db.systems)."""

if not __name__.startswith("bellwork."):
    raise ImportError(f"{__name__!r} is bellwork.tasks: import it by that name alone", name=__name__)
