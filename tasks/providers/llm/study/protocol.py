"""What a recap and practice items are ordered with, and what comes back."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Talk(_Frozen):
    """A tutoring session as it is known; its texts may be anything. `minutes` is None where nobody noted them."""

    subjects: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    minutes: int | None = None
    transcript: str = ""
    brief: bool = False


class Recap(_Frozen):
    """What a session was about, and up to three things to do next."""

    narrative: str
    next_steps: tuple[str, ...]


class Lecture(_Frozen):
    """A film of a lesson as it is known: its title, and what is said in it; both may be anything."""

    title: str
    transcript: str


class ItemOrder(_Frozen):
    """Practice items that are wanted: of a subject, of a difficulty from 1 to 10, none that the learner had before."""

    subject: str
    about: str = ""
    difficulty: int
    count: int
    had: tuple[str, ...] = ()


class Item(_Frozen):
    """A question, its answer, and why that is so."""

    question: str
    answer: str
    explanation: str = ""
