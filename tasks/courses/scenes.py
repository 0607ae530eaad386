"""What courses show in the demo: a learner types into a lab of her own, and strangers verify her certificate."""

from __future__ import annotations

import os
import select
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from bellwork import enqueue
from bellwork.db.courses.samples.first_course import TITLE, load_first_course, standing
from bellwork.db.engine import transaction
from bellwork.db.vocabulary.exhibit import Course, Figures, Span, Text
from bellwork.db.vocabulary.scene import Check, Line
from bellwork.tasks import certificates
from bellwork.tasks.courses.film_scene import OneLadder
from bellwork.tasks.courses.webhook_scene import OneReceiver
from bellwork.tasks.providers import LabOrder, labs, storage
from bellwork.tasks.providers.errors import ProviderFailure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.courses.samples.first_course import FirstCourse, Standing
    from bellwork.db.vocabulary.exhibit import Exhibit
    from bellwork.db.vocabulary.scene import Place

_TYPED = "echo 'echo hello' > hello.sh && sh hello.sh"
#: Seconds that what is typed may take to be answered, and bytes that are shown of it.
_PATIENCE, _SHOWN = 5.0, 2_000


class OneCertificate:
    """A lesson is read, a lab is passed where this host can make one, and the course ends in a certificate."""

    title = "A learner ends a course in a lab of her own, and strangers can verify it"

    course: FirstCourse

    def __init__(self) -> None:
        self.now: Standing | None = None
        self.no_lab = ""
        self.screen = ""
        self.verified = ""
        self.refused = ""
        self.at: dict[str, float] = {}

    def begin(self, place: Place) -> None:
        """Enroll the learner, let her have read, and ask for her lab, as an API layer would."""
        del place
        self._began = time.monotonic()
        self.no_lab = _why_no_lab()
        with transaction() as conn:
            self.course = load_first_course(conn, lab=not self.no_lab)
            read = {
                "event_id": "read",
                "user_id": str(self.course.learner),
                "lesson_id": str(self.course.reading),
                "kind": "read",
                "at": datetime.now(UTC).isoformat(),
            }
            enqueue(conn, "courses.record_progress", {"event": read})
            if self.course.session:
                enqueue(conn, "courses.provision_lab", {"lab_session_id": str(self.course.session)})
        self._note("asked")

    def progress(self) -> Sequence[Line]:
        """Type once the lab runs, ask for the verdict, and verify the certificate once it is there."""
        with transaction() as conn:
            self.now = standing(conn, self.course.enrollment)
        if self.now.lab == "running" and self.now.container_id and not self.screen:
            self._note("lab runs")
            self.screen = _type(self.now.container_id, _TYPED)
            with transaction() as conn:
                asked = {"lab_session_id": str(self.course.session), "command_id": "first"}
                enqueue(conn, "courses.judge_lab", asked)
        if self.now.status == "completed":
            self._note("course completed")
        if self.now.page_url and self.now.credential_url and not self.verified:
            self._note("certificate issued")
            self._verify(self.now.page_url, self.now.credential_url)
        return [Line("course", TITLE, self._status(), over=bool(self.verified))]

    def checks(self) -> Sequence[Check]:
        """Check lab, certificate, and what became of one that was altered."""
        now = self.now
        lab = f"session {now.lab}, score {now.score}" if now else ""
        passed = Check("What was typed into the lab is passed.", bool(now and now.lab == "completed"), lab)
        return [
            *([] if self.no_lab else [passed]),
            Check("The course is completed at 100 %.", self._is_whole(), self._status()),
            Check("The certificate is verified without a network.", bool(self.verified), self.verified),
            Check("One altered byte of its page is refused.", bool(self.refused), self.refused),
        ]

    def exhibits(self) -> Sequence[Exhibit]:
        """Show what was typed, what was proven, and when each came."""
        proven = (("as it was issued", self.verified), ("one byte of the page altered", self.refused))
        moments = sorted(self.at.items(), key=lambda item: item[1])
        ends = [at for _, at in moments[1:]] + [at for _, at in moments[-1:]]
        spans = tuple(Span(word, at, end) for (word, at), end in zip(moments, ends, strict=True))
        lab = Text("Her lab", self.screen or f"None was made: {self.no_lab}", "a terminal in a sandbox of this machine")
        return [
            Figures("The certificate, verified offline", ("file", "verdict"), proven),
            lab,
            Course("From the first lesson to the certificate", (("Ada Moss", spans),)),
        ]

    def _verify(self, page_url: str, credential_url: str) -> None:
        if (signer := certificates.issuer()) is None:
            return
        store = storage()
        page, credential = (store.get(store.key_of(url)) for url in (page_url, credential_url))
        found = certificates.verify(credential, signer.document(), page=page)
        self.verified = f"{found.number} is valid: {found.course}, issued by {found.issuer}"
        altered = page[:-1] + bytes([page[-1] ^ 1])
        try:
            certificates.verify(credential, signer.document(), page=altered)
        except certificates.Refused as refused:
            self.refused = str(refused)

    def _is_whole(self) -> bool:
        return self.now is not None and (self.now.status, self.now.percent) == ("completed", 100)

    def _note(self, word: str) -> None:
        self.at.setdefault(word, time.monotonic() - self._began)

    def _status(self) -> str:
        if self.now is None or self.verified:
            return "verified" if self.verified else "asked"
        if self.now.lab in {None, "completed"}:
            return f"{self.now.percent:.0f} %, {self.now.status}"
        return f"lab {self.now.lab}, {self.now.percent:.0f} %"


def _why_no_lab() -> str:
    """Make a lab and end it; returns why that cannot be done on this machine, nothing where it can."""
    order = LabOrder(f"try-{uuid4().hex}")
    try:
        host = labs()
        host.create(order)
        host.release(order.id)
    except ProviderFailure as failed:
        return str(failed)
    return ""


def _type(container_id: str, line: str) -> str:
    """Type a line into a terminal of a lab, then leave it; returns what the terminal showed."""
    shell = labs().shell(container_id)
    seen, until = bytearray(), time.monotonic() + _PATIENCE
    try:
        os.write(shell.fd, f"{line}; exit\n".encode())
        while time.monotonic() < until and len(seen) < _SHOWN and select.select([shell.fd], [], [], _PATIENCE)[0]:
            got = os.read(shell.fd, 4096)
            if not got:
                break
            seen += got
    except OSError:
        pass  # a terminal whose shell has ended reads as an error on Linux
    finally:
        shell.close()
    return seen[:_SHOWN].decode(errors="replace").replace("\r\n", "\n").strip() or "(nothing)"


SCENES = (OneCertificate, OneLadder, OneReceiver)
