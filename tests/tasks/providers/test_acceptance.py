"""The rules of acceptance."""

from __future__ import annotations

import pytest

from bellwork.tasks.providers.errors import ScriptRejected
from bellwork.tasks.providers.llm import Brief, Interest, Kind, Scene, Script, Topic, accept
from bellwork.tasks.providers.llm.concepts import key_concepts
from bellwork.tasks.providers.llm.safety import unsafe_word

BRIEF = Brief(topic=Topic(id="t", title="Friction", metadata={"key_concepts": ["normal force", "surfaces"]}))


def sentence(words: int, mark: str = "x") -> str:
    """Return so many spoken words, with the key concepts among them."""
    return " ".join(["normal", "force", "and", "surface", mark] + ["word"] * (words - 5)) + "."


def script(*words: int, **changes: str) -> Script:
    """Return a script with scenes of so many words; `changes` go to its first scene."""
    scenes = [
        Scene(kind=Kind.MEANING, heading="Heading", narration=sentence(count, f"w{at}"), visual="A picture.")
        for at, count in enumerate(words)
    ]
    return Script(
        topic_id="t",
        title="Friction",
        style="conversational",
        scenes=(scenes[0].model_copy(update=changes), *scenes[1:]),
    )


def test_a_proper_script_is_accepted() -> None:
    """Three scenes of together 160 seconds that name the key concepts pass unchanged."""
    proper = script(100, 150, 150)

    assert proper == accept(proper, BRIEF)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((200, 200), "has 2 scenes"),
        ((50,) * 8, "has 8 scenes"),
        ((90, 90, 90), "about 108 s"),
        ((210, 210, 210), "about 252 s"),
    ],
)
def test_scenes_and_time_are_bounded(words: tuple[int, ...], reason: str) -> None:
    """Three to seven scenes, 120 to 240 seconds."""
    with pytest.raises(ScriptRejected, match=reason):
        accept(script(*words), BRIEF)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"narration": "<b></b> ... !"}, "scene 1 has no narration"),
        ({"visual": "\u200b"}, "scene 1 has no visual"),
        ({"visual": "long " * 200}, "scene 1 has a visual of more than 600"),
        ({"narration": "w " * 2_000}, "scene 1 has a narration of more than 2400"),
    ],
)
def test_every_scene_is_spoken_and_shown(changes: dict[str, str], reason: str) -> None:
    """A scene without words or picture is rejected, and so is one without end."""
    with pytest.raises(ScriptRejected, match=reason):
        accept(script(150, 150, 150, **changes), BRIEF)


def test_two_scenes_do_not_say_the_same() -> None:
    """A repeated scene is rejected."""
    once = script(150, 150, 150)

    with pytest.raises(ScriptRejected, match="say the same"):
        accept(once.model_copy(update={"scenes": (once.scenes[0],) * 3}), BRIEF)


def test_key_concepts_have_to_be_there() -> None:
    """The rejection names the concept that is missing."""
    brief = Brief(topic=Topic(id="t", title="Friction", metadata={"key_concepts": ["normal force", "lubricant"]}))

    with pytest.raises(ScriptRejected, match="leaves out 'lubricant'"):
        accept(script(150, 150, 150), brief)


def test_without_key_concepts_the_title_counts() -> None:
    """A lesson that never comes near its topic is rejected."""
    brief = Brief(topic=Topic(id="t", title="Quantum entanglement"))

    with pytest.raises(ScriptRejected, match="leaves out 'Quantum entanglement'"):
        accept(script(150, 150, 150), brief)


@pytest.mark.parametrize("field", ["heading", "narration", "visual"])
def test_unsafe_words_are_final(field: str) -> None:
    """A script with an unsafe word anywhere is rejected, and marked so that nobody tries again."""
    with pytest.raises(ScriptRejected, match="unsafe word") as rejected:
        accept(script(150, 150, 150, **{field: "What a bitch."}), BRIEF)

    assert rejected.value.unsafe


@pytest.mark.parametrize("text", ["Fuck", "sh1t", "SH\u00cdT", "p0rn site", "he said 'whore'."])
def test_unsafe_words_are_seen_through_disguises(text: str) -> None:
    """Accents, digits and capitals do not hide a word."""
    assert unsafe_word(text)


@pytest.mark.parametrize("text", ["Scunthorpe", "grape", "rapeseed oil", "shitake", "therapist", "cocktail", "Dickens"])
def test_words_within_words_are_safe(text: str) -> None:
    """Only whole words count."""
    assert unsafe_word(text) is None


def test_markup_is_stripped_from_every_text() -> None:
    """What a model adds in markup, links or control characters does not reach the pupil."""
    dirty = script(
        150, 150, 150, heading="**Head**\x07", visual="![x](https://evil.example/?q=1) A picture <b>here</b>."
    )
    scene = accept(dirty.model_copy(update={"title": "<i>Friction</i>"}), BRIEF).scenes[0]

    assert ("Head", "A picture here .") == (scene.heading, scene.visual)


def test_ids_are_the_briefs_own() -> None:
    """Whatever ids an author writes, the script belongs to its brief."""
    foreign = script(150, 150, 150).model_copy(update={"topic_id": "other", "interest_id": "other"})
    brief = Brief(topic=BRIEF.topic, interest=Interest(id="i", name="Chess"))
    accepted = accept(foreign, brief)

    assert ("t", "i") == (accepted.topic_id, accepted.interest_id)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["force", "Force", " force "], ("force",)),
        ("force, mass", ("force", "mass")),
        ([{"name": "force", "definition": "a push"}, {"other": 1}], ("force",)),
        ({"force": "a push", "mass": "stuff"}, ("force", "mass")),
        (["<b>force</b>", "", None, 7, ["x"], "...", "bitch"], ("force",)),
        (["a", "b", "c", "d", "e", "f", "g"], ("a", "b", "c", "d", "e")),
        (["one two three four five six seven eight"], ("one two three four five six",)),
        (None, ()),
        (5, ()),
    ],
)
def test_key_concepts_are_read_from_any_metadata(given: object, expected: tuple[str, ...]) -> None:
    """Lists, maps and comma lists are understood; what is no safe short text is left out."""
    assert expected == key_concepts(Topic(id="t", title="x", metadata={"key_concepts": given}))
