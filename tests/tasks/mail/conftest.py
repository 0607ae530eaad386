"""What the tests of letters share: a mail server of other people's making, and a system that writes letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import forget
from bellwork.tasks.providers.mail import choose
from tests.tasks.mail import writer
from tests.tasks.mail.office import Office, opened

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def running_office() -> Iterator[Office]:
    """A mail server for all tests of this process."""
    with opened() as office:
        yield office


@pytest.fixture
def office(running_office: Office, database: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The mail server, obedient and empty, and a database whose letters go there, with the system `writer`."""
    del database
    running_office.begin_anew()
    writer.begin_anew()
    monkeypatch.setenv("SMTP_URL", running_office.url)
    monkeypatch.setenv("MAIL_FROM", "School <mail@school.example>")
    monkeypatch.setenv("BELLWORK_SYSTEMS", "writer=tests.tasks.mail.writer")
    forget()
    choose._to_server.cache_clear()
    return running_office
