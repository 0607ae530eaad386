"""A letter to send in tests, and a way to read what came of it."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from bellwork.tasks.providers.mail import Letter

SENDER = "Bellwork <bellwork@school.example>"
LETTER = Letter(
    "ada@school.example", "Your lesson is ready", "Hello Ada,\n\n.hidden dot\n", "<p>Hello</p>", "ready:req_1"
)


def read(content: bytes) -> EmailMessage:
    """Parse a message."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message
