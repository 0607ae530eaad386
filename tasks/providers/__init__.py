"""The outside world behind small protocols; the settings choose the adapter.

llm()      understands requests, and writes            OpenAI-compatible HTTP | keywords and templates
speech()   speaks text; narrate(script, speech())       OpenAI-compatible HTTP | espeak-ng
labs()     a small computer for each learner            bubblewrap
transcripts()  what is said in a piece of sound      OpenAI-compatible HTTP | faster-whisper | None
render()   slides, captions and narration as one MP4    PyAV
payments() whether a period was paid                    Stripe's HTTP | a file, written by hand
embeddings()   what a text means as 1536 numbers    OpenAI-compatible HTTP | hashed words
storage()  objects by key                               S3, GCS, Azure | a local folder
mail()     one letter to one person                     SMTP | files in a folder
turn(who)  a job's turn at `llm`, `tts`, `transcripts` or `embeddings`, within the fleet's limits

Errors are one tree, see errors.py. How to add an adapter, and why things are as they are: README.md.
"""

from __future__ import annotations

from bellwork.tasks.providers.choose import (
    embeddings,
    hosts_labs,
    labs,
    llm,
    mail,
    payments,
    speech,
    storage,
    transcripts,
)
from bellwork.tasks.providers.embeddings import DIMENSIONS, Embedder
from bellwork.tasks.providers.errors import (
    BadAnswer,
    FigureUnreadable,
    MailBlocked,
    MailRefused,
    MailServerTrouble,
    MailTryLater,
    MailUnknown,
    MissingExtra,
    MissingObjectError,
    ProviderBusy,
    ProviderError,
    ProviderFailure,
    ProviderRefused,
    ScriptRejected,
    StorageError,
)
from bellwork.tasks.providers.labs import LabGone, LabOrder, check_criteria
from bellwork.tasks.providers.llm import (
    Brief,
    EmbeddedModel,
    Interest,
    Option,
    Scene,
    Script,
    Topic,
    Understanding,
    accept,
    match_keywords,
)
from bellwork.tasks.providers.llm.study import Item, ItemOrder, Lecture, Recap, Talk
from bellwork.tasks.providers.mail import Letter
from bellwork.tasks.providers.speech import Audio, Narration, SceneTime, narrate
from bellwork.tasks.providers.transcripts import Cue, Transcriber
from bellwork.tasks.providers.turns import turn
from bellwork.tasks.providers.video import Film, render

__all__ = [
    "DIMENSIONS",
    "Audio",
    "BadAnswer",
    "Brief",
    "Cue",
    "EmbeddedModel",
    "Embedder",
    "FigureUnreadable",
    "Film",
    "Interest",
    "Item",
    "ItemOrder",
    "LabGone",
    "LabOrder",
    "Lecture",
    "Letter",
    "MailBlocked",
    "MailRefused",
    "MailServerTrouble",
    "MailTryLater",
    "MailUnknown",
    "MissingExtra",
    "MissingObjectError",
    "Narration",
    "Option",
    "ProviderBusy",
    "ProviderError",
    "ProviderFailure",
    "ProviderRefused",
    "Recap",
    "Scene",
    "SceneTime",
    "Script",
    "ScriptRejected",
    "StorageError",
    "Talk",
    "Topic",
    "Transcriber",
    "Understanding",
    "accept",
    "check_criteria",
    "embeddings",
    "hosts_labs",
    "labs",
    "llm",
    "mail",
    "match_keywords",
    "narrate",
    "payments",
    "render",
    "speech",
    "storage",
    "transcripts",
    "turn",
]
