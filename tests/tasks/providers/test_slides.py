"""The look of slides, and the times at which they change."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwork.tasks.providers.llm import Kind, Scene, Script
from bellwork.tasks.providers.speech.protocol import Narration, SceneTime
from bellwork.tasks.providers.speech.wav import write_wav
from bellwork.tasks.providers.video.captions import Caption, caption
from bellwork.tasks.providers.video.frames import frames
from bellwork.tasks.providers.video.slides import Deck
from bellwork.tasks.providers.video.slides.palette import contrast, palette_of
from bellwork.tasks.providers.video.slides.type import fit
from bellwork.tasks.providers.video.timeline import changes

TEXTS = [
    "x",
    "word " * 400,
    "Donaudampfschifffahrtsgesellschaft" * 8,
    "\u0422\u0440\u0435\u0442\u0438\u0439 \u0437\u0430\u043a\u043e\u043d \u041d\u044c\u044e\u0442\u043e\u043d\u0430",
    "\u7b2c\u4e09\u5b9a\u5f8b" * 30,
    "\u0627\u0644\u0633\u0644\u0627\u0645 \u0639\u0644\u064a\u0643\u0645",
    "\U0001f680\U0001f680 emoji \u2764\ufe0f",
    "x\u00b2 + \u03c0 \u2264 \u221a2 \u2014 caf\u00e9",
    "\ue000\ufffe\U0010fffe",
]


def script(heading: str, points: tuple[str, ...], title: str = "Friction", kind: Kind = Kind.MEANING) -> Script:
    """Return a script with two equal scenes."""
    scene = Scene(kind=kind, heading=heading, narration="One sentence. Another one.", visual="v", points=points)
    return Script(topic_id="t", title=title, style="simpler", interest=title, scenes=(scene, scene))


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_no_text_is_too_much_for_a_slide(text: str) -> None:
    """Long words, long titles, other scripts and signs are drawn, on the opening and on any other slide."""
    deck = Deck(script(text, (text,) * 5, title=text), None)

    for scene in (0, 1):
        assert (1280, 720) == deck.picture(scene, 5).size


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_fitted_text_stays_in_its_box(text: str) -> None:
    """No line is wider and no block is higher than its box, whatever the text."""
    block = fit(text, 400, 120, 60, 16)

    assert block.height <= 120
    assert all(block.face.getlength(line) <= 400 + block.face.getlength(" ...") for line in block.lines)


@given(st.text(max_size=120), st.integers(60, 900), st.integers(30, 300))
@settings(max_examples=60, deadline=None)
def test_any_text_fits_any_box(text: str, width: int, height: int) -> None:
    """The law behind it: the block is never higher than the box, unless not even one line fits."""
    block = fit(text, width, height, 60, 16)

    assert block.height <= max(height, round(16 * 1.28))


@pytest.mark.parametrize("kind", list(Kind))
def test_points_are_added_one_by_one(kind: Kind) -> None:
    """Each further point changes the picture, in every kind of scene."""
    deck = Deck(script("Heading", ("first point", "second point", "third point"), kind=kind), None)
    pictures = [deck.picture(1, shown).tobytes() for shown in range(4)]

    assert 4 == len(set(pictures))


def test_a_scene_without_points_shows_its_first_sentence() -> None:
    """No slide is empty."""
    with_nothing = Deck(script("Heading", ()), None).picture(1, 0)
    with_one = Deck(script("Heading", ("One sentence.",)), None).picture(1, 1)

    assert with_one.tobytes() == with_nothing.tobytes()


@settings(deadline=None)
@given(st.text(max_size=40))
def test_colors_are_readable_for_every_interest(name: str) -> None:
    """White on the accent and ink on the tint have a contrast of at least 4.5 to 1 (WCAG 2, AA)."""
    palette = palette_of(name)

    assert contrast(palette.white, palette.accent) >= 4.5
    assert contrast(palette.white, palette.deep) >= 4.5
    assert contrast(palette.ink, palette.tint) >= 4.5
    assert contrast(palette.muted, palette.paper) >= 4.5
    assert contrast(palette.tint, palette.accent) >= 3


def test_an_interest_has_its_own_colors() -> None:
    """The same name gives the same colors, two names give two."""
    assert palette_of("Basketball") == palette_of("basketball")
    assert palette_of("Basketball") != palette_of("Music")


def narration(*seconds: float) -> Narration:
    """Return a narration of scenes so long, all of the same noise."""
    times, at = [], 0.0
    for length in seconds:
        times.append(SceneTime(at, at + length))
        at += length + 0.4
    audio = write_wav(b"\x00\x20\x00\xe0" * int((at - 0.4) * 4_000), 8_000)
    return Narration(audio.wav, audio.sample_rate, audio.duration, tuple(times))


def test_points_wait_for_their_words() -> None:
    """A point appears with the caption that says it; one that nobody says gets a share of the scene."""
    talk = script("Heading", ("Another one", "never said"))
    said = [Caption(0, 4, "One sentence."), Caption(4, 10, "Another one."), Caption(10.4, 20, "One sentence.")]
    first = [change for change in changes(talk, narration(10, 9.6), said) if change.scene == 0]

    assert [(0.0, 0), (4, 1), (8.0, 2)] == [(change.time, change.points) for change in first]


def test_scenes_change_on_their_first_sample() -> None:
    """The first change of each scene is the start that was measured."""
    talk, voice = script("Heading", ("a", "b", "c")), narration(3, 2)
    starts = {change.scene: change.time for change in reversed(changes(talk, voice, caption(talk, voice)))}

    assert {0: 0.0, 1: voice.scenes[1].start} == starts


def test_frames_fill_the_film_from_its_start_to_its_end() -> None:
    """Times rise, begin at zero, and leave no gap of much more than half a second."""
    talk, voice = script("Heading", ("a", "b", "c")), narration(3, 2)
    made = changes(talk, voice, caption(talk, voice))
    times = [time for time, _ in frames(made, Deck(talk, None), voice.duration)]
    gaps = [after - before for before, after in zip(times, [*times[1:], voice.duration], strict=True)]

    assert 0.0 == times[0]
    assert all(0 < gap <= 0.63 for gap in gaps)


def test_captions_change_in_the_pause() -> None:
    """Where the voice is silent between two sentences, the caption changes there and not at the guessed share."""
    noise, silence = b"\x00\x20\x00\xe0" * 2_000, bytes(4_000)
    audio = write_wav(noise * 2 + silence + noise * 3, 8_000)
    voice = Narration(audio.wav, 8_000, audio.duration, (SceneTime(0, audio.duration),))
    whole = script("Heading", ())
    talk = whole.model_copy(update={"scenes": whole.scenes[:1]})
    first, second = caption(talk, voice)

    assert first.end == second.start == pytest.approx(1.125, abs=0.03)
    assert ("One sentence.", "Another one.") == (first.text, second.text)
