"""The content system: what was decided about accounts, and invitations whose tokens work once."""

from __future__ import annotations

from alembic import op

from bellwork.db.content.accounts.plan import ACCOUNTS
from bellwork.db.migrations.build import build
from bellwork.db.migrations.undo import undo
from bellwork.db.sql import sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them; whoever may accept an invitation is given that at the end of the migration."""
    build(op.get_bind(), ACCOUNTS)
    op.get_bind().execute(sql("REVOKE ALL ON FUNCTION {content}.redeem_invitation(text, text) FROM PUBLIC"))


def downgrade() -> None:
    """Drop them."""
    undo(op.get_bind(), ACCOUNTS.mark)
