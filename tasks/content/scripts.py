"""The script of a generation: taken from the storage, or written, in the end less personal rather than not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.queries import default_interest, read_interest, read_topic
from bellwork.db.engine import transaction
from bellwork.tasks.content.artefacts import obtain_script
from bellwork.tasks.content.catalogue import as_interest, as_topic
from bellwork.tasks.content.outside import outside
from bellwork.tasks.providers import BadAnswer, Brief, Script, ScriptRejected, llm, turn
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from bellwork.db.content.queries import Generation

#: How often a stage that writes or speaks is tried again.
RETRIES = 3


def script_of(generation: Generation) -> Script:
    """Return the stored script, or write it: on the last attempt with the default interest, at worst without one."""
    return obtain_script(generation, lambda: _write(_briefs(generation)))


def _write(briefs: list[Brief]) -> Script:
    *hopeful, last = briefs
    for brief in hopeful:
        try:
            return _order(brief)
        except (BadAnswer, ScriptRejected):
            continue
    return _order(last)


def _order(brief: Brief) -> Script:
    with outside(), turn("llm"):
        return llm().write_script(brief)


def _briefs(generation: Generation) -> list[Brief]:
    with transaction() as conn:
        topic = read_topic(conn, generation.topic_id)
        wanted = [generation.interest_id]
        if job.current().retries >= RETRIES:
            wanted.append(default_interest(conn) or generation.interest_id)
        interests = [read_interest(conn, interest_id) for interest_id in dict.fromkeys(wanted)]
    if topic is None:
        raise Permanent(f"the topic {generation.topic_id!r} is not in the catalogue any more")
    about = as_topic(topic)
    briefs = [
        Brief(topic=about, interest=as_interest(interest), style=generation.style) for interest in interests if interest
    ]
    if not briefs or job.current().retries >= RETRIES:
        briefs.append(Brief(topic=about, style=generation.style))
    return briefs
