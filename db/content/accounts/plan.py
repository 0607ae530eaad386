"""What stands in the database for accounts: decisions as they were given, invitations, and how one is accepted."""

from __future__ import annotations

from bellwork.db.migrations.plan import Plan, Table

_NOW = "TIMESTAMPTZ NOT NULL DEFAULT now()"
TABLES = {
    # What was asked for and what became of it; of the same ones the first is kept.
    "account_decisions": Table(
        {
            "id": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            "request_id": ("VARCHAR(50) NOT NULL REFERENCES {content}.student_account_requests(id) ON DELETE CASCADE"),
            "decision": "VARCHAR(50) NOT NULL",
            "outcome": "VARCHAR(50) NOT NULL",
            "reviewer": "VARCHAR(50) REFERENCES {content}.users(id) ON DELETE SET NULL",
            "notes": "TEXT",
            "at": _NOW,
        },
        rules=("UNIQUE (request_id, decision, outcome)",),
    ),
    "invitations": Table(
        {
            "user_id": "VARCHAR(50) PRIMARY KEY REFERENCES {content}.users(id) ON DELETE CASCADE",
            "token_hash": "BYTEA",
            "expires_at": "TIMESTAMPTZ",
            "redeemed_at": "TIMESTAMPTZ",
        },
    ),
}
INDEXES = {
    # A user who is deleted is looked for here.
    "account_decisions": {"idx_account_decisions_reviewer": "(reviewer) WHERE reviewer IS NOT NULL"},
    "invitations": {"idx_invitations_token": "UNIQUE (token_hash) WHERE token_hash IS NOT NULL"},
    # An address is the same however it is written.
    "users": {"idx_users_email_lower": "(lower(email))"},
}
# The row is the lock: of two that accept at once, the second finds it used. The user's comes first, as where an
# invitation is made, or the user is deleted: held the other way round, the two would wait for each other.
_ACCEPT = """
CREATE OR REPLACE FUNCTION {content}.redeem_invitation(token text, password_hash text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    invited text;
BEGIN
    IF coalesce(length(redeem_invitation.password_hash), 0) NOT BETWEEN 20 AND 255 THEN
        RAISE EXCEPTION 'redeem_invitation: password_hash has % characters; give the hash of a password, 20 to 255',
            coalesce(length(redeem_invitation.password_hash), 0) USING ERRCODE = '22023';
    END IF;
    PERFORM FROM {content}.users u WHERE u.id = (
        SELECT i.user_id FROM {content}.invitations i
        WHERE i.token_hash = sha256(convert_to(redeem_invitation.token, 'UTF8'))) FOR NO KEY UPDATE;
    UPDATE {content}.invitations i SET redeemed_at = now(), token_hash = NULL
    FROM {content}.users u
    WHERE i.token_hash = sha256(convert_to(redeem_invitation.token, 'UTF8'))
      AND i.redeemed_at IS NULL AND i.expires_at > now()
      AND u.id = i.user_id AND u.password_hash = '!' AND u.is_active AND u.deleted_at IS NULL
    RETURNING i.user_id INTO invited;
    UPDATE {content}.users u SET password_hash = redeem_invitation.password_hash, email_verified = true
    WHERE u.id = invited;
    RETURN invited;
END $$
"""
ACCOUNTS = Plan(
    system="content",
    revision="0003",
    document="vividly.md",
    types={},
    functions={"redeem_invitation(text, text)": _ACCEPT},
    tables=TABLES,
    indexes=INDEXES,
    checks={},
    triggers={},
)
