"""What the library shows of itself: three books are lent, each visit is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bellwork
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.systems import Check, Figures, Line

if TYPE_CHECKING:
    from bellwork.systems import Place

_LOANS = {"loan_1": "Ann", "loan_2": "Ben", "loan_3": "<b>Cem</b>"}
_ASK = "INSERT INTO {library}.loans (id, book_id, reader) VALUES (:id, 'book_1', :reader)"
_STATUSES = "SELECT id, status FROM {library}.loans ORDER BY id"
_VISITS = "SELECT count(*) FROM {library}.visits"


class Lending:
    """Three loans."""

    title = "Three books are lent"

    def begin(self, place: Place) -> None:
        """Ask for them."""
        del place
        with transaction() as conn:
            for loan, reader in _LOANS.items():
                conn.execute(sql(_ASK), {"id": loan, "reader": reader})
                bellwork.enqueue(conn, "library.lend", {"loan_id": loan})

    def progress(self) -> list[Line]:
        """Tell how each stands."""
        with transaction() as conn:
            found = conn.execute(sql(_STATUSES)).all()
        return [Line(loan, f"a book for {_LOANS[loan]}", status, over=status == "noted") for loan, status in found]

    def checks(self) -> list[Check]:
        """Count the visits."""
        with transaction() as conn:
            count = conn.execute(sql(_VISITS)).scalar_one()
        return [Check(f"{len(_LOANS)} visits are noted.", ok=count == len(_LOANS), found=f"{count} are")]

    def exhibits(self) -> list[Figures]:
        """Show who reads."""
        return [Figures("Readers", ("loan", "reader"), tuple(_LOANS.items()))]


SCENES = (Lending,)
