"""What calls for people in a system's own rows is among the problems of `bellwork status`."""

from __future__ import annotations

import json

import pytest

from bellwork.db import engine
from tests.db.snapshot.seconds import look
from tests.ops.desk import ask
from tests.ops.schema import complaints, described_by


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("is_kept", [True, False])
def test_a_systems_concern_is_a_problem_and_one_that_fails_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, *, is_kept: bool
) -> None:
    """With its words and its moment, from the snapshot as where all is counted; what cannot be said is said, too."""
    from bellwork.db.snapshot.around import keep_around  # noqa: PLC0415 - reads which systems there are

    monkeypatch.setenv("BELLWORK_SYSTEMS", "speechless=tests.ops.speechless,worried=tests.ops.worried")
    engine.forget()
    if is_kept:
        look()
        assert keep_around()
    document = json.loads(ask("status", "--json").out)
    found = {each["what"]: each for each in document["problems"]}
    worried = found["2 books are missing"]

    assert ("warning", "nobody brought them back", "`ask ann`", "2026-06-01") == (
        worried["kind"],
        worried["cause"],
        worried["next"],
        worried["since"][:10],
    )
    assert "nothing" in found["The system speechless cannot say what is wrong with its rows"]["cause"]
    assert ["speechless", "worried"] == [each["system"] for each in document["concerns"]]
    assert [] == complaints(described_by(["status"]), document)
