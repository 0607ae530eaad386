"""An issuer of the test's own, and the facts of a certificate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from bellwork.db.settings import settings
from bellwork.tasks.certificates import Facts, Issuer, issuer, make_key

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings of this test alone."""
    key = tmp_path_factory.mktemp("keys") / "certificates.pem"
    make_key(key)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@localhost/nothing")
    monkeypatch.setenv("REDIS_URL", "redis://localhost:1/0")
    monkeypatch.setenv("CERTIFICATES_URL", "https://learn.example")
    monkeypatch.setenv("CERTIFICATES_ISSUER", "LearnCraft")
    monkeypatch.setenv("CERTIFICATES_PEM", str(key))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def signer() -> Issuer:
    """Who signs by these settings."""
    found = issuer()
    assert found is not None
    return found


def facts(holder: str = "Ada Moss", course: str = "Programming with Python", number: int = 1) -> Facts:
    """Return the facts of a certificate of long ago."""
    return Facts(
        system="courses",
        id=UUID(int=7),
        number=f"LC-2026-{number:06}",
        serial=number,
        holder=holder,
        email="ada@example.org",
        course_id=UUID(int=9),
        course=course,
        issued_at=datetime(2026, 3, 1, 23, 59, tzinfo=UTC),
    )
