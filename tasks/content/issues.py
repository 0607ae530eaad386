"""Tells the people of the curriculum what a student found wrong, once for each time that content is flagged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.queries import curriculum, read_issue
from bellwork.db.vocabulary import Drop, Send
from bellwork.tasks.letters import NewLetter, post_many
from bellwork.tasks.providers.text import plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.vocabulary import PostedLetter

#: What the letters' kind is called in the ledger.
ISSUE = "issue"
_SUBJECT = "{topic}: a lesson waits for review"
_TEXT = (
    "Hello {name},\n\na student reported an issue with the lesson on {topic}, told with {interest} in the style"
    " '{style}' ({content}). It is flagged until somebody has reviewed it.\n\n{said}\n"
)
_NOTHING_SAID = "The student left no comment."


def post_issue(conn: Connection, feedback_id: str) -> int:
    """Post a letter to each of them in the caller's transaction, once for this report; returns how many there are."""
    people = curriculum(conn)
    post_many(
        conn,
        [
            NewLetter(
                key=f"content:issue:{feedback_id}:{person}",
                system="content",
                kind=ISSUE,
                person=person,
                details={"feedback_id": feedback_id},
            )
            for person in people
        ],
    )
    return len(people)


def check_issue(conn: Connection, letter: PostedLetter) -> Send | Drop:
    """Write it if the content still waits for review, and its reader is still there."""
    issue = read_issue(conn, str(letter.details["feedback_id"]), str(letter.person))
    if issue is None:
        return Drop("the content does not wait for review any more, or its reader has left", "superseded")
    comment = plain(issue.comment or "", 1_000)
    words = {
        "topic": plain(issue.topic, 120),
        "name": plain(issue.first_name, 100),
        "interest": plain(issue.interest, 100),
        "style": plain(issue.style, 50),
        "content": issue.content_id,
        "said": f"The student wrote: {comment}" if comment else _NOTHING_SAID,
    }
    return Send(to=issue.email, subject=_SUBJECT.format(**words), text=_TEXT.format(**words))
