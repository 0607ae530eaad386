"""The front desk: the command line, the dashboard, the demo and the embedded servers."""

if not __name__.startswith("bellwork."):
    raise ImportError(f"{__name__!r} is bellwork.ops: import it by that name alone", name=__name__)
