"""Mail: one letter to one person, and an honest word about what became of it.

letter  what is sent, and what it is called: the same key is always the same message
smtp    a mail server, over TLS unless it is this machine
drop    files in a folder, for development
"""

from __future__ import annotations

from bellwork.tasks.providers.mail.choose import open_mail
from bellwork.tasks.providers.mail.drop import Drop
from bellwork.tasks.providers.mail.letter import Letter, Postman
from bellwork.tasks.providers.mail.smtp import Smtp

__all__ = ["Drop", "Letter", "Postman", "Smtp", "open_mail"]
