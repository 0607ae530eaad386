"""What the embedded author knows lies in files that people edit: all of it is checked, and lessons are as they were."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.providers.llm import Brief, EmbeddedModel, Interest, Topic
from bellwork.tasks.providers.llm.knowledge import Idea
from bellwork.tasks.providers.llm.knowledge.find import check_idea
from bellwork.tasks.providers.llm.knowledge.load import KnowledgeError, load, read
from bellwork.tasks.providers.llm.knowledge.shapes import Term
from bellwork.tasks.providers.llm.knowledge.terms import check_term
from bellwork.tasks.providers.llm.study import ItemOrder
from bellwork.tasks.providers.llm.worlds import World
from bellwork.tasks.providers.llm.worlds.anywhere import FILES, check_world

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = EmbeddedModel()
#: Taken before the knowledge was moved from Python into files: of each interest, the digest of a part of all lessons.
DIGESTS = json.loads((Path(__file__).parent / "knowledge_digests.json").read_text())
STYLES = ("conversational", "simple")
#: Each title is written for two interests or so.
PARTS = 6


def lessons(interest: str) -> str:
    """Write lessons on a part of the titles for this interest ('' for none), and return the digest of all of them."""
    digest = hashlib.sha256()
    liked = Interest(id="int_x", name=interest) if interest else None
    place = list(DIGESTS["lessons"]).index(interest)
    for title in DIGESTS["titles"][place % PARTS :: PARTS]:
        topic = Topic.model_validate({"id": "topic_x", "title": title, "description": DIGESTS["description"]})
        script = MODEL.write_script(Brief(topic=topic, interest=liked, style=STYLES[place % 2]))
        digest.update(script.model_dump_json().encode())
    return digest.hexdigest()


def items(subject: str) -> str:
    """Write practice items of each difficulty, and return their digest."""
    digest = hashlib.sha256()
    for difficulty in (1, 5):
        order = ItemOrder(subject=subject, about=subject, difficulty=difficulty, count=20)
        digest.update("\n".join(item.model_dump_json() for item in MODEL.write_items(order)).encode())
    return digest.hexdigest()


@pytest.mark.parametrize("interest", DIGESTS["lessons"])
def test_a_lesson_is_byte_for_byte_what_it_was(interest: str) -> None:
    """Of every idea and every area, for every world, in two styles."""
    assert DIGESTS["lessons"][interest] == lessons(interest)


@pytest.mark.parametrize("subject", DIGESTS["items"])
def test_practice_items_are_byte_for_byte_what_they_were(subject: str) -> None:
    """Of every area, by terms and by ideas."""
    assert DIGESTS["items"][subject] == items(subject)


IDEA = """
[[idea]]
names = ["tides"]
area = "motion"
meaning = "Tides rise and fall twice a day."
how = ["The Moon pulls the water."]
apply = ["Look at this scene."]
mistake = ["Many think of the wind."]
question = "What pulls?"
answer = "The Moon."
short = "The Moon pulls."
terms = ["gravity"]
"""
BAD = {
    "no field": (IDEA.replace('answer = "The Moon."\n', ""), "tides.toml, idea 2 ('tides'): answer: Field required"),
    "a slip of the pen": (
        IDEA.replace("answer", "anwser"),
        "tides.toml, idea 2 ('tides'): answer: Field required (and",
    ),
    "one too many": (IDEA + 'source = "me"\n', "tides.toml, idea 2 ('tides'): source: Unexpected keyword argument"),
    "a number": (IDEA.replace('"What pulls?"', "7"), "idea 2 ('tides'): question: Input should be a valid string"),
    "a text for a list": (IDEA.replace('["The Moon pulls the water."]', '"x"'), "how: Input should be a valid tuple"),
    "nothing in a list": (IDEA.replace('["Look at this scene."]', "[]"), "apply: Tuple should have at least 1 item"),
    "nothing in a line": (IDEA.replace('"Look at this scene."', '"Look.", ""'), "apply.1: String should match pattern"),
    "two lines": (
        IDEA.replace("Twice a day", "x").replace("a day.", "a\\nday."),
        "meaning: String should match pattern",
    ),
    "no name": (
        IDEA.replace('names = ["tides"]', "names = []"),
        "tides.toml, idea 2: names: Tuple should have at least",
    ),
    "no area": (
        IDEA.replace('"motion"', '"motoin"'),
        "idea 2 ('tides'): area: 'motoin' is no area; there are motion, ",
    ),
    "no TOML": (IDEA.replace("[[idea]]", "[[idea]"), "tides.toml is no TOML: "),
    "another table": (IDEA.replace("[[idea]]", "[[ideas]]"), "tides.toml has ['ideas']; it holds [[idea]] and nothing"),
    "one bracket": ("", "tides.toml: write [[idea]] in two brackets, for there may be several"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_entry_is_named_by_its_file_and_field(fault: str, tmp_path: Path) -> None:
    """The second one of a file whose first is as it should be."""
    written, said = BAD[fault]
    first = IDEA if fault not in {"no TOML", "one bracket"} else ""
    text = f"{first}{written}" if fault != "one bracket" else IDEA.replace("[[idea]]", "[idea]")
    (tmp_path / "tides.toml").write_text(text)
    with pytest.raises(KnowledgeError) as refused:
        load(tmp_path, "idea", Idea, (), check_idea)

    assert said in str(refused.value)


def test_a_new_file_is_found_after_those_that_there_are(tmp_path: Path) -> None:
    """A teacher adds one; the order of the others decides ties as before."""
    for name in ("zebra", "motion", "forces", "apples"):
        (tmp_path / f"{name}.toml").write_text(IDEA.replace("tides", name))
    found = load(tmp_path, "idea", Idea, ("forces", "motion"), check_idea)

    assert ["forces", "motion", "apples", "zebra"] == [idea.names[0] for idea in found]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("\nmotion = ", "\nmotions = "), "world 1: scenes: there is none for 'motion'"),
        (lambda text: f'{text}\nmagic = "It is magic."\n', "world 1: scenes: 'magic' is no area; there are motion, "),
        (lambda text: text.replace("place = ", "palce = "), "world 1: place: Field required"),
    ],
)
def test_a_world_has_a_scene_for_each_area(change: Callable[[str], str], said: str, tmp_path: Path) -> None:
    """And for nothing else."""
    good = (FILES / "no_interest.toml").read_text()
    (tmp_path / "mine.toml").write_text(change(good))
    with pytest.raises(KnowledgeError, match=f"mine.toml, {said}"):
        read(tmp_path / "mine.toml", "world", World, check_world)


def test_a_term_is_of_areas_that_there_are(tmp_path: Path) -> None:
    """The field that is wrong is named."""
    (tmp_path / "terms.toml").write_text('[[term]]\nname = "x"\nsentence = "An x."\nonly_in = ["lief"]\n')
    with pytest.raises(KnowledgeError, match=r"terms.toml, term 1 \('x'\): only_in: 'lief' is no area"):
        read(tmp_path / "terms.toml", "term", Term, check_term)
