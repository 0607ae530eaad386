"""The ground floor: settings, connections, tables and every line of SQL."""

if not __name__.startswith("bellwork."):
    raise ImportError(f"{__name__!r} is bellwork.db: import it by that name alone", name=__name__)
