"""What the content system asks of its tables; every function takes the caller's connection first.

generation  the key that requests of the same content share       moves      one edge, one UPDATE
walks       all requests of a key along the legal path            requests   a request, as the stages read it
catalogue   topics and interests                                  questions  what a student was asked back
generated   the one row of content for a key                      notices    who was told what
sweeps      requests that wait for nobody any more
"""

from __future__ import annotations

from db.queries.content.catalogue import (
    Named,
    choose_interest,
    default_interest,
    list_interests,
    list_topics,
    read_interest,
    read_topic,
)
from db.queries.content.generated import Content, Recording, give_up_video, publish_fast, publish_full, read_content
from db.queries.content.generation import Generation
from db.queries.content.moves import BY_ID, Moved, advance
from db.queries.content.notices import SENDING, Notice, begin_notice, clear_notice, settle_notice
from db.queries.content.questions import Question, ask, open_question
from db.queries.content.requests import Request, await_stage, read_request
from db.queries.content.sweeps import Waiting, expire_questions, list_stuck, retry_failed
from db.queries.content.walks import degrade, fail_generation, fail_request, walk

__all__ = [
    "BY_ID",
    "SENDING",
    "Content",
    "Generation",
    "Moved",
    "Named",
    "Notice",
    "Question",
    "Recording",
    "Request",
    "Waiting",
    "advance",
    "ask",
    "await_stage",
    "begin_notice",
    "choose_interest",
    "clear_notice",
    "default_interest",
    "degrade",
    "expire_questions",
    "fail_generation",
    "fail_request",
    "give_up_video",
    "list_interests",
    "list_stuck",
    "list_topics",
    "open_question",
    "publish_fast",
    "publish_full",
    "read_content",
    "read_interest",
    "read_request",
    "read_topic",
    "retry_failed",
    "settle_notice",
    "walk",
]
