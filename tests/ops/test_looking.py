"""A command that only looks can change nothing, and does not wait for ever, whatever stands before PostgreSQL."""

from __future__ import annotations

import pytest

from bellwork.ops.cli.looking import looking


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("pooler", ["none", "transaction"])
def test_a_look_is_read_only_and_bounded(pooler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pooler that gives connections by the transaction takes no options of a session."""
    monkeypatch.setenv("BELLWORK_POOLER", pooler)
    asked = ("transaction_read_only", "statement_timeout", "timezone")
    with looking() as driver:
        said = [driver.execute(f"SHOW {name}".encode()).fetchall()[0][0] for name in asked]

    assert ["on", "30s", "UTC"] == said
