"""A notice is written once by its key, and goes with the person whom it was for."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.notices import forget_recipient, notify

_READ = text("SELECT recipient, kind, key, body FROM bellwork.notices ORDER BY id")


@pytest.mark.usefixtures("database")
def test_the_first_of_a_key_counts() -> None:
    """A second one of the kind and key changes nothing, whoever it is for; of another kind it is another notice."""
    with transaction() as conn:
        assert notify(conn, "user_1", "t.ends", "lab_1", {"at": "noon"})
        assert not notify(conn, "user_2", "t.ends", "lab_1", {"at": "midnight"})
        assert notify(conn, "user_1", "t.begins", "lab_1", {})
        found = [tuple(row) for row in conn.execute(_READ)]

    assert [("user_1", "t.ends", "lab_1", {"at": "noon"}), ("user_1", "t.begins", "lab_1", {})] == found


@pytest.mark.usefixtures("database")
def test_a_person_is_forgotten_and_nobody_else() -> None:
    """Twice is as good as once."""
    with transaction() as conn:
        for one in ("user_1", "user_2"):
            notify(conn, one, "t.ends", one, {})

        assert [1, 0] == [forget_recipient(conn, "user_1") for _ in range(2)]
        assert ["user_2"] == [row.recipient for row in conn.execute(_READ)]
