"""Drops letters as files into a folder: mail for development, where nobody must get any."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import MailTryLater
from bellwork.tasks.providers.files import create, discard, publish
from bellwork.tasks.providers.mail.letter import Letter, fingerprint, in_turn
from bellwork.tasks.providers.mail.write import write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bellwork.tasks.providers.mail.letter import MayBegin, Told


class Drop:
    """A Postman that writes each letter as `<hash of its key>.eml`, whole; the same key is the same file."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder, self._sender = folder, sender

    def send(self, letter: Letter) -> None:
        """Write the letter, unless it lies there already; raises MailTryLater where the disk fails."""
        content = write(letter, self._sender)
        place = self._folder / f"{fingerprint(letter.key)}.eml"
        part = place.with_suffix(f".{uuid.uuid4().hex}.part")
        try:
            if place.is_file():
                return
            create(part, content)
            publish(part, place)
        except OSError as failed:
            raise MailTryLater(f"the letter {letter.key!r} could not be written: {failed}") from failed
        finally:
            discard(part)

    def send_each(self, letters: Sequence[Letter], may_begin: MayBegin) -> Told:
        """Write letters, one after the other."""
        return in_turn(self.send, letters, may_begin)
