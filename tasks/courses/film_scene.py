"""What videos show in the demo: a film that was uploaded becomes a ladder with captions, shared by the workers."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bellwork import enqueue
from bellwork.db.courses.samples.first_film import Ladder, ladder, load_first_film
from bellwork.db.engine import transaction
from bellwork.db.vocabulary.exhibit import Figures, Text
from bellwork.db.vocabulary.scene import Check, Line
from bellwork.tasks.providers import Scene, Script, narrate, render, speech, storage
from bellwork.tasks.providers.llm import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.vocabulary.exhibit import Exhibit
    from bellwork.db.vocabulary.scene import Place

_TITLE, _SAID = "What a pipe does", "A pipe gives what one program writes to the next one, which reads it."


class OneLadder:
    """A short film with a voice and captions is made and uploaded; what comes out can be played at two sizes."""

    title = "An uploaded film becomes a stream of two sizes, with captions"

    def __init__(self) -> None:
        self.now: Ladder | None = None
        self.master = ""

    def begin(self, place: Place) -> None:
        """Make a film of a sentence, upload it, and ask for its ladder, as an API layer would."""
        del place
        scene = Scene(
            kind=Kind.HOOK, heading=_TITLE, narration=_SAID, visual="A pipe.", points=("one writes", "one reads")
        )
        script = Script(topic_id="pipes", title=_TITLE, style="conversational", scenes=(scene,))
        with TemporaryDirectory(prefix="bellwork-demo-film-") as folder:
            path = Path(folder) / "film.mp4"
            render(script, narrate(script, speech()), path)
            url = storage().put("uploads/what-a-pipe-does.mp4", path)
        with transaction() as conn:
            self.video = load_first_film(conn, _TITLE, url)
            enqueue(conn, "courses.process_video", {"video_id": str(self.video)})

    def progress(self) -> Sequence[Line]:
        """Read the playlist once it is there."""
        with transaction() as conn:
            self.now = ladder(conn, self.video)
        if self.now.hls_url and not self.master:
            store = storage()
            self.master = store.get(store.key_of(self.now.hls_url)).decode()
        share = self.now.done / self.now.parts if self.now.parts else None
        return [Line("film", _TITLE, self.now.status, share, over=self.now.status in {"ready", "failed"})]

    def checks(self) -> Sequence[Check]:
        """Check that it can be played, and read."""
        now = self.now
        said = (now and now.transcript) or ""
        rungs = self.master.count("#EXT-X-STREAM-INF")
        status = (now and (now.failed_because or now.status)) or "asked"
        return [
            Check("The film can be played at two sizes.", rungs == 2, f"{rungs} sizes, {status}"),  # noqa: PLR2004 - as told
            Check("It has captions, which say what its voice says.", self._is_captioned(said), said[:100]),
        ]

    def exhibits(self) -> Sequence[Exhibit]:
        """Show the rungs and what is said."""
        rungs = tuple(
            (name, f"{int(bits):,}")
            for name, _, bits in (each.partition(": ") for each in (self.now.rungs if self.now else []))
        )
        return [
            Figures("The sizes of the film", ("size", "bits a second"), rungs, right=("bits a second",)),
            Text("Its captions", (self.now and self.now.transcript) or "(none)", "read back from what was uploaded"),
        ]

    def _is_captioned(self, said: str) -> bool:
        return "TYPE=SUBTITLES" in self.master and said.split() == _SAID.split()
