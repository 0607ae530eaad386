"""What webhooks show in the demo: a program is told that a course was published, though it failed twice."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bellwork.db.courses.seed import add, add_user
from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.db.vocabulary.exhibit import Figures
from bellwork.db.vocabulary.scene import Check, Line
from bellwork.db.webhooks import acts, emit
from bellwork.db.webhooks.endpoints import add_endpoint, new_secret
from bellwork.db.webhooks.look import list_deliveries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.vocabulary.exhibit import Exhibit
    from bellwork.db.vocabulary.scene import Place

_EVENT, _TITLE = "course.published", "First steps in the shell"
#: How often the receiver answers 503 before it takes what it is told.
_AWAY = 2
_LARGEST = 65_536


class OneReceiver:
    """A receiver fails twice; the second try comes 5 s later, and an operator saves the 5 min before the third."""

    title = "A program is told what happened, though it failed twice"

    def __init__(self) -> None:
        self.secret = new_secret()
        self.answers: list[tuple[float, int]] = []
        self.ids: set[str] = set()
        self.verified = ""
        self.enabled = False
        self.state = "asked"

    def begin(self, place: Place) -> None:
        """Listen, add an endpoint, and tell of a course in the transaction that publishes it."""
        del place
        self._began = time.monotonic()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        url = f"http://127.0.0.1:{self._server.server_address[1]}/hooks"
        with transaction() as conn:
            self.endpoint = add_endpoint(conn, url, self.secret, [_EVENT], about="the demo's receiver")
            shape = {"category": "devops", "skill_level": "beginner", "status": "published"}
            author = add_user(conn, "Grace", "Hill", role="instructor")
            course = add(conn, "courses", instructor_id=author, title=_TITLE, slug="told-of", **shape)
            emit(conn, _EVENT, {"course_id": course}, str(course))

    def progress(self) -> Sequence[Line]:
        """Once it failed twice, say as an operator that the receiver is mended: what waits goes out at once."""
        with transaction() as conn:
            found = list_deliveries(conn, 1, self.endpoint)
            self.state = found[0]["state"] if found else "asked"
            if found and found[0]["tries"] >= _AWAY and self.state == "pending" and not self.enabled:
                acts.disable(conn, self.endpoint, ChangedBy("demo", "its receiver is away"))
                acts.enable(conn, self.endpoint, ChangedBy("demo", "its receiver is back"))
                self.enabled = True
        over = self.state == "delivered"
        if over:
            self._server.shutdown()
            self._server.server_close()
        return [Line("webhook", _EVENT, f"{self.state}, {len(self.answers)} tries", over=over)]

    def checks(self) -> Sequence[Check]:
        """Check that it came, signed, and as one event."""
        statuses = [status for _, status in self.answers]
        return [
            Check(
                "A webhook arrives at a receiver that failed twice.",
                statuses == [503, 503, 204],
                ", ".join(map(str, statuses)),
            ),
            Check("Its signature is verified, and each try had the same id.", self._is_proven(), self.verified),
        ]

    def exhibits(self) -> Sequence[Exhibit]:
        """Show each try."""
        rows = tuple((f"{at:.1f}", str(status)) for at, status in self.answers)
        return [Figures("Tries of one delivery", ("after, s", "the receiver answered"), rows, right=("after, s",))]

    def answer(self, headers: dict[str, str], body: str) -> int:
        """Return what the receiver answers, and note what it was told."""
        self.ids.add(headers.get("webhook-id", ""))
        status = 503
        if len(self.answers) >= _AWAY:
            status = 204 if self._verify(headers, body) else 400
        self.answers.append((time.monotonic() - self._began, status))
        return status

    def _verify(self, headers: dict[str, str], body: str) -> bool:
        try:
            said = Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError as refused:
            self.verified = f"refused: {refused}"
            return False
        self.verified = f"{said['type']} is signed by its sender"
        return True

    def _is_proven(self) -> bool:
        return self.verified.endswith("by its sender") and len(self.ids) == 1


def _handler(scene: OneReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Answer what the scene says."""
            size = min(int(self.headers.get("content-length", "0")), _LARGEST)
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(scene.answer(headers, self.rfile.read(size).decode(errors="replace")))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    return Handler
