"""A mail server in a process of its own, which takes everything: plain on one port, with STARTTLS on another."""

from __future__ import annotations

import asyncio
import ssl
import sys
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, Session

if TYPE_CHECKING:
    from collections.abc import Callable


class Sink:
    """Takes letters and throws them away. It says that commands may come in a row, as most servers do."""

    async def handle_EHLO(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, session: Session, _envelope: object, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet."""
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]]

    async def handle_DATA(self, *_: Any) -> str:  # noqa: N802 - the name that aiosmtpd calls
        """Take a letter."""
        return "250 OK"


async def _serve(certificate: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()

    def speaking(**options: Any) -> Callable[[], SMTP]:
        return lambda: SMTP(Sink(), hostname="sink", loop=loop, **options)

    plain = await loop.create_server(speaking(), "127.0.0.1", 0)
    secure = await loop.create_server(speaking(tls_context=context, require_starttls=True), "127.0.0.1", 0)
    ports = [server.sockets[0].getsockname()[1] for server in (plain, secure)]
    sys.stdout.write(f"{ports[0]} {ports[1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
