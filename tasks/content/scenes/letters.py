"""What the demo's mail server was given of the content system's letters, beside what the ledger says was sent."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.letters.look import count_waiting
from bellwork.db.settings import settings
from bellwork.db.vocabulary.scene import Check, Line
from bellwork.tasks.content.notify import letter_key
from bellwork.tasks.providers.mail.letter import message_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bellwork.db.vocabulary.exhibit import Letter
    from bellwork.db.vocabulary.scene import Place
    from bellwork.tasks.content.scenes.seen import Seen

KINDS = ("fast", "full")
_HEARD = {"sent", "unknown", "refused"}


class Post:
    """The letters of this scene among all that came."""

    def begin(self, place: Place) -> None:
        """Know where letters come."""
        self._place = place

    def letters(self, requests: Iterable[Seen]) -> list[Letter]:
        """Return the letters about these requests, in the order they came."""
        ours = {_id_of(seen, kind) for seen in requests for kind in KINDS}
        return [letter for letter in self._place.letters() if letter.message_id in ours]

    def line(self, requests: Iterable[Seen]) -> Line:
        """Tell how many have come; it is over when everybody was told of whatever his request ended in."""
        asked = list(requests)
        heard = all(seen.settled and seen.notices.get(_last_kind(seen)) in _HEARD for seen in asked)
        over = heard and bool(asked) and self._is_through()
        return Line("letters", "tell whoever waits for a lesson", f"{len(self.letters(asked))} delivered", over=over)

    def checks(self, seen: Mapping[str, Seen]) -> Sequence[Check]:
        """Check that what the ledger calls sent has come, and nothing came twice."""
        came = Counter(letter.message_id for letter in self.letters(seen.values()))
        sent = {
            _id_of(each, kind): f"{key}: {kind}"
            for key, each in seen.items()
            for kind in KINDS
            if each.notices.get(kind) == "sent"
        }
        wrong = [name for found, name in sent.items() if came[found] != 1]
        untold = [key for key, each in seen.items() if each.notices.get(_last_kind(each)) not in {"sent", "unknown"}]
        twice = [found for found, count in came.items() if count > 1]
        return [
            Check(f"The {len(sent)} letters that the ledger calls sent have come.", not wrong, ", ".join(wrong)),
            Check("Nobody got a letter twice.", not twice, ", ".join(twice)),
            Check("Everybody was told what his request ended in.", not untold, ", ".join(untold)),
        ]

    def _is_through(self) -> bool:
        with transaction() as conn:
            return not count_waiting(conn, "content")


def _last_kind(seen: Seen) -> str:
    return "full" if seen.status == "completed" else "fast"


def _id_of(seen: Seen, kind: str) -> str:
    return message_id(letter_key(str(seen.row["id"]), kind), settings().mail_from)
