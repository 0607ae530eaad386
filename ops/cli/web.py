"""`bellwork web`: the dashboard for a browser, on this machine unless told otherwise."""

from __future__ import annotations

import socket
from ipaddress import ip_address
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
    """Serve the dashboard. Ctrl-C stops.

    On this machine anybody may look; to act takes a token of BELLWORK_WEB_TOKENS, or a proxy that signs people in
    (BELLWORK_WEB_USER_HEADER). By another address, or by --name, nobody looks without one, and it does not start where
    there is none. By the host name of MAIL_URL only the links of letters are answered: let a proxy pass /unsubscribe/
    on to this port.
    """
    from bellwork.ops.web import dashboard  # noqa: PLC0415 - loads a web server and the pages only when asked to
    from bellwork.ops.web.access import Doors  # noqa: PLC0415
    from bellwork.ops.web.serve import server  # noqa: PLC0415

    is_here = ip_address(host).is_loopback if _is_address(host) else host == "localhost"
    doors = Doors.of_settings(open_to=_HERE if is_here else ())
    if doors.is_closed and not is_here:
        output.fail(
            f"{host} is more than this machine, and nobody could sign in: set BELLWORK_WEB_TOKENS, or let a proxy sign"
            " people in (BELLWORK_WEB_USER_HEADER), or leave --host out"
        )
    with ledger():
        pass
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        heard = socket.create_server((host, port), family=family)
    except OSError as error:
        output.fail(f"nobody can listen on {host}, port {port}: {error.strerror}; name another with --host or --port")
    shown = f"[{host}]" if ":" in host else host
    output.say(f"http://{shown}:{heard.getsockname()[1]}/  (Ctrl-C stops)")
    server(dashboard([*_HERE, shown, *(name or [])], doors)).run([heard])


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
