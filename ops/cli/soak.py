"""`bellwork soak`: everything is broken on purpose, on servers of its own, and every promise is checked afterwards."""

from __future__ import annotations

from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(soak)


def soak(
    seconds: Annotated[float, typer.Option(min=1, help="How long everything is under fire.")] = 60.0,
    seed: Annotated[int, typer.Option(help="The same seed strikes the same blows at the same moments.")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Masters of worker processes.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Place orders while workers, servers and networks are killed, frozen and cut; then count every effect.

    It runs on embedded servers of its own, and exits with 1 if one job was lost, doubled or left behind.
    """
    from bellwork.ops.soak.run import run  # noqa: PLC0415 - loads the work and the proxies only when asked to

    raise typer.Exit(run(seconds=seconds, seed=seed, masters=workers, as_json=as_json))
