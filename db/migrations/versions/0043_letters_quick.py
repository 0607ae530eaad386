"""A letter is looked up among who was erased without another function, and not at all where nobody was."""

from __future__ import annotations

from alembic import op

from bellwork.db.migrations.functions import change_back, change_functions

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_BEFORE = """\
    IF EXISTS (SELECT FROM bellwork.erased_subjects e WHERE e.hash = bellwork.erasure_hash(NEW.person)) THEN
"""
# The hash is reckoned as in bellwork.erasure_hash, whose call would cost as much again.
_AFTER = """\
    IF EXISTS (SELECT FROM bellwork.erased_subjects) AND EXISTS (
        SELECT FROM bellwork.erasure_key k
        JOIN bellwork.erased_subjects e ON e.hash = encode(sha256(convert_to(k.key || NEW.person, 'UTF8')), 'hex')) THEN
"""
#: The function's text before and after.
_FUNCTIONS = {"suppress_erased_letter": ((_BEFORE, _AFTER),)}


def upgrade() -> None:
    """Let it look so."""
    change_functions(op.get_bind(), _FUNCTIONS)


def downgrade() -> None:
    """Let it be as it was."""
    change_back(op.get_bind(), _FUNCTIONS)
