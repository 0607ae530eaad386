"""A learner's terminal: a WebSocket on a shell in a lab of this host, for whoever has the lab's ticket, until it ends.

Bytes are what is typed and what is shown; a text from the browser is a size: {"rows": 40, "columns": 120}.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from starlette.websockets import WebSocketDisconnect

from bellwork.db.settings import settings
from bellwork.tasks.providers import LabGone, labs
from bellwork.tasks.providers.errors import ProviderFailure
from bellwork.tasks.providers.labs.ticket import read_ticket

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from bellwork.tasks.providers.labs import Shell

log = structlog.get_logger("bellwork.terminal")

#: Terminals at once of one lab, and of one process.
OF_A_LAB, IN_ALL = 8, 500
#: Why a terminal is closed, beside the codes of RFC 6455.
NO_LAB, TOO_MANY, OVER = 4404, 4429, 4408
#: Seconds within which it is noted once that something is typed.
NOTED = 5.0
_PIECE = 65_536
_LARGEST = 1_000
_open: dict[str, int] = {}


async def terminal(socket: WebSocket) -> None:
    """Serve a terminal; without a good ticket the connection is refused, with no word of the lab."""
    key = settings().labs_key
    ticket = read_ticket(socket.path_params["ticket"], key) if key else None
    if ticket is None:
        await socket.close()
        return
    await socket.accept()
    lab = ticket.lab_id
    if _open.get(lab, 0) >= OF_A_LAB or sum(_open.values()) >= IN_ALL:
        await socket.close(TOO_MANY, "too many terminals are open; close one")
        return
    _open[lab] = _open.get(lab, 0) + 1
    try:
        code, reason = await _serve(socket, lab, ticket.ends - time.time())
    finally:
        _open[lab] -= 1
        if not _open[lab]:
            del _open[lab]
    with suppress(RuntimeError, WebSocketDisconnect):  # whoever typed has left
        await socket.close(code, reason)


async def _serve(socket: WebSocket, lab: str, seconds: float) -> tuple[int, str]:
    """Connect a socket with a new shell until one of them ends, or the time is over; returns why."""
    try:
        shell = await asyncio.to_thread(lambda: labs().shell(lab))
    except LabGone:
        return NO_LAB, "the lab does not run on this host"
    except ProviderFailure as error:
        log.warning("no shell in a lab", lab=lab, error=str(error))
        return NO_LAB, "the lab cannot be entered now; try again in a moment"
    os.set_blocking(shell.fd, False)
    pumps = [asyncio.ensure_future(_show(socket, shell)), asyncio.ensure_future(_type(socket, shell, lab))]
    try:
        done, _ = await asyncio.wait(pumps, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return (1000, "the shell has ended") if done else (OVER, "the ticket has ended; the lab may have another")
    finally:
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        await asyncio.to_thread(shell.close)


async def _show(socket: WebSocket, shell: Shell) -> None:
    """Send what the shell shows; a browser that reads slowly slows it down."""
    while True:
        await _ready(shell.fd, asyncio.get_running_loop().add_reader, asyncio.get_running_loop().remove_reader)
        try:
            shown = os.read(shell.fd, _PIECE)
        except BlockingIOError:
            continue
        except OSError:  # the last process on the terminal has ended
            return
        if not shown:
            return
        await socket.send_bytes(shown)


async def _type(socket: WebSocket, shell: Shell, lab: str) -> None:
    """Give the shell what is typed, and note now and then that something is."""
    noted = -NOTED
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if typed := message.get("bytes"):
            await _written(shell.fd, typed)
            if time.monotonic() - noted >= NOTED:
                noted = time.monotonic()
                await asyncio.to_thread(lambda: labs().note_typed(lab))
        elif text := message.get("text"):
            _resize(shell, text)


async def _written(fd: int, typed: bytes) -> None:
    while typed:
        await _ready(fd, asyncio.get_running_loop().add_writer, asyncio.get_running_loop().remove_writer)
        with suppress(BlockingIOError):
            typed = typed[os.write(fd, typed) :]


def _resize(shell: Shell, text: str) -> None:
    """Obey a size; whatever else a text says is ignored."""
    with suppress(ValueError, KeyError, TypeError, OSError, OverflowError, RecursionError):
        size = json.loads(text)
        rows, columns = int(size["rows"]), int(size["columns"])
        if 0 < rows <= _LARGEST and 0 < columns <= _LARGEST:
            shell.resize(rows, columns)


async def _ready(fd: int, add: Any, remove: Any) -> None:
    """Wait until a file descriptor can be read from, or written to."""
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    add(fd, lambda: None if ready.done() else ready.set_result(None))
    try:
        await ready
    finally:
        remove(fd)
