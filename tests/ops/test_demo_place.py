"""What a scene finds around it: mail that arrives, a voice that fails, a calendar that was late, processes to kill."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob, enqueue, list_ticks
from bellwork.ops.demo.mailbox import Mailbox
from bellwork.ops.demo.place import DemoPlace
from bellwork.ops.demo.voice import VoiceService
from bellwork.scheduler.declare import synchronise
from bellwork.scheduler.rounds import decide_due
from bellwork.tasks.providers import Letter
from bellwork.tasks.providers.mail import open_mail
from bellwork.tasks.providers.mail.letter import message_id

if TYPE_CHECKING:
    from collections.abc import Iterator

FROM = "School <mail@school.example>"


@pytest.fixture
def place() -> Iterator[DemoPlace]:
    """A place with a mailbox that is open."""
    with Mailbox() as mailbox, VoiceService() as voice:
        yield DemoPlace(mailbox, voice)


def test_a_letter_arrives_as_it_was_sent(place: DemoPlace) -> None:
    """Over SMTP, with the id that tells a second one from the first."""
    letter = Letter("ann@example.org", "Grüße <b>", "Line one.\n.\nLine two: é\n", None, "content:req_1:fast")
    open_mail(place.mailbox.url, FROM).send(letter)
    (came,) = place.letters()

    assert ("ann@example.org", "Grüße <b>") == (came.to, came.subject)
    assert letter.text.rstrip() == came.text
    assert message_id(letter.key, FROM) == came.message_id


def test_the_voice_fails_one_text_so_many_times(place: DemoPlace) -> None:
    """Every other text is spoken at once, and the next try after them succeeds."""
    place.break_voice("photosynthesis", 3)
    hard, easy = _order("This is Photosynthesis."), _order("This is easy.")
    statuses = [place.voice.answer(hard)[0].value for _ in range(4)]

    assert 200 == place.voice.answer(easy)[0].value
    assert 200 == place.voice.answer(_order("More about photosynthesis."))[0].value
    assert [500, 500, 500, 200] == statuses


@pytest.mark.usefixtures("database")
def test_a_missed_tick_is_caught_up(place: DemoPlace) -> None:
    """It has its row and its job, as after a night without a scheduler."""
    synchronise()
    place.miss_tick("upkeep.rotate_partitions")
    decide_due()
    with transaction() as conn:
        (tick,) = list_ticks(conn, "upkeep.rotate_partitions", 5)

    assert ("enqueued", 2, 17) == (tick["outcome"], tick["tick"].hour, tick["tick"].minute)
    assert tick["reason"] is None or tick["reason"].startswith("caught up")
    with pytest.raises(ValueError, match=r"there is no entry 'upkeep\.sleep'"):
        place.miss_tick("upkeep.sleep")


@pytest.mark.usefixtures("database")
def test_nobody_elses_process_is_killed(place: DemoPlace) -> None:
    """A job that waits has none, and what is no child of the demo's is left alone."""
    with transaction() as conn:
        (job,) = enqueue(conn, [NewJob(actor="t.wait")])

    assert not place.kill_worker_of(job.id)
    assert not place.kill_worker_of(0)
    assert os.getpid()


def _order(text: str) -> bytes:
    return json.dumps({"input": text}).encode()
