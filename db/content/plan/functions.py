"""The functions of vividly.md, without the extension that one of them needed, and a trigger wherever updated_at is."""

from __future__ import annotations

from bellwork.db.content.plan.tables import TABLES

FUNCTIONS = {
    "update_updated_at_column()": """
        CREATE OR REPLACE FUNCTION {content}.update_updated_at_column() RETURNS TRIGGER AS $$
        BEGIN
            NEW.updated_at = CURRENT_TIMESTAMP;
            RETURN NEW;
        END;
        $$ LANGUAGE plpgsql
    """,
    # Eight random bytes in hex, as the document has it; the middle of a UUID holds its version, which is not random.
    "generate_id(text)": """
        CREATE OR REPLACE FUNCTION {content}.generate_id(prefix TEXT) RETURNS TEXT AS $$
        DECLARE
            digits TEXT := replace(gen_random_uuid()::text, '-', '');
        BEGIN
            RETURN prefix || '_' || left(digits, 4) || right(digits, 12);
        END;
        $$ LANGUAGE plpgsql
    """,
}

TRIGGERS = {
    table: {
        f"update_{table}_updated_at": f"BEFORE UPDATE ON {{content}}.{table}"
        " FOR EACH ROW EXECUTE FUNCTION {content}.update_updated_at_column()"
    }
    for table, drawn in TABLES.items()
    if "updated_at" in drawn.columns
}
