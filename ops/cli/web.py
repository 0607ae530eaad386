"""`bellwork web`: the ledger as pages for a browser, on this machine unless told otherwise."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger

#: Names by which a browser on this machine reaches it.
_HERE = ("127.0.0.1", "localhost", "[::1]")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(web)


def web(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes any that is free.")] = 8008,
    name: Annotated[list[str] | None, typer.Option(help="A host name it is asked for by; may be repeated.")] = None,
) -> None:
    """Serve the calendar and the partitions as pages, to be read and not changed. Ctrl-C stops.

    There is no login: whoever reaches the port may read. Beyond this machine, put a proxy with one in front. By the
    host name of MAIL_URL only the links of letters are answered: let a proxy pass /unsubscribe/ on to this port.
    """
    from bellwork.ops.web import dashboard  # noqa: PLC0415 - loads a web server and the pages only when asked to
    from bellwork.ops.web.serve import server  # noqa: PLC0415

    with ledger():
        pass
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        heard = socket.create_server((host, port), family=family)
    except OSError as error:
        output.fail(f"nobody can listen on {host}, port {port}: {error.strerror}; name another with --host or --port")
    shown = f"[{host}]" if ":" in host else host
    output.say(f"http://{shown}:{heard.getsockname()[1]}/schedule  (Ctrl-C stops)")
    server(dashboard([*_HERE, shown, *(name or [])])).run([heard])
