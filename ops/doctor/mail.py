"""Mail: whether the server takes our letters, what stands against those that wait, and what readers can do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.db.letters import read_hold
from bellwork.db.letters.look import sums
from bellwork.db.settings import settings
from bellwork.ops import words
from bellwork.ops.doctor.finding import Finding
from bellwork.tasks import providers
from bellwork.tasks.providers import MailTryLater
from bellwork.tasks.providers.mail import Smtp

if TYPE_CHECKING:
    from sqlalchemy import Connection


def check_mail() -> list[Finding]:
    """Speak with the mail server as far as a letter would get before its first line; and look at what is set beside."""
    return [_server(), *_links(), *_reports()]


def check_letters(conn: Connection) -> list[Finding]:
    """Say whether letters are held, and of how many nobody knows what became of them."""
    hold, found = read_hold(conn), sums(conn)
    waiting = found.due + found.later
    if hold:
        said = f"held since {words.moment(hold.since)}, {waiting:,} wait and none is given up: {hold.said}"
        return [Finding("warn", "letters", said, "mend that; one is tried now and then, and the first success ends it")]
    if found.unknown:
        said = f"nobody knows whether {words.plural(found.unknown, 'letter')} came"
        mend = "`bellwork letters list --state unknown`, then `letters resend` or `letters believe`"
        return [Finding("warn", "letters", said, mend)]
    odd = f", {found.refused:,} refused, {found.bounced:,} came back" if found.refused or found.bounced else ""
    return [Finding("ok", "letters", f"{waiting:,} wait{odd}")]


def _server() -> Finding:
    try:
        postman = providers.mail()
        if isinstance(postman, Smtp):
            postman.probe()
            return Finding("ok", "mail", f"{postman} takes letters from us")
    except MailTryLater as error:
        return Finding("fail", "mail", str(error), "start the mail server, or correct SMTP_URL; no letter is given up")
    return Finding("ok", "mail", "letters are written to files, to nobody: SMTP_URL names no server")


def _links() -> list[Finding]:
    chosen = settings()
    if bool(chosen.mail_url) is bool(chosen.mail_key):
        return []
    missing = "MAIL_KEY" if chosen.mail_url else "MAIL_URL"
    said = f"letters carry no link by which their readers end them: {missing} is not set"
    return [Finding("warn", "links", said, f"set {missing}; .env.example says how")]


def _reports() -> list[Finding]:
    folder = settings().mail_bounces
    if folder is None or (Path(folder) / "new").is_dir():
        return []
    said = f"MAIL_BOUNCES names {folder}, which is no Maildir on this machine"
    return [Finding("warn", "bounces", said, "set it where workers see the folder, and unset it elsewhere")]
