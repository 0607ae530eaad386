"""Notices and letters about contracts are sent by the one sender of letters; what was sent, stays sent."""

from __future__ import annotations

from alembic import op

from bellwork.db.sql import sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = "key, system, kind, person, details, state, reason, posted_at, settled_at"
_CARRIED = "'carried over from the release before'"
# What is claimed this moment its own worker settles, or the job that comes after it: neither posts a letter.
_NOTICES = f"""
INSERT INTO bellwork.letters ({_COLUMNS})
SELECT 'content:' || r.id || ':' || n.key, 'content', 'notice', r.student_id,
       jsonb_build_object('request_id', r.id, 'kind', n.key), n.value #>> '{{}}', {_CARRIED},
       coalesce(r.created_at, now()), coalesce(r.updated_at, r.created_at, now())
FROM {{content}}.content_requests r
CROSS JOIN LATERAL jsonb_each(CASE jsonb_typeof(r.metadata -> 'notices') WHEN 'object' THEN r.metadata -> 'notices'
    ELSE '{{}}' END) n
WHERE n.key IN ('fast', 'full') AND n.value #>> '{{}}' IN ('sent', 'unknown', 'refused')
ON CONFLICT DO NOTHING
"""  # noqa: S608 - columns and a constant, which stand above
_CONTRACTS = f"""
INSERT INTO bellwork.letters ({_COLUMNS})
SELECT 'content:' || organization_id || ':' || contract_end || ':' || step || ':' || recipient_id,
       'content', 'contract', recipient_id,
       jsonb_build_object('organization_id', organization_id, 'contract_end', contract_end, 'step', step,
                                        'recipient_id', recipient_id), state, {_CARRIED}, at, at
FROM bellwork.contract_notices WHERE state IN ('sent', 'unknown', 'refused')
ON CONFLICT DO NOTHING
"""  # noqa: S608 - as above
# What waits goes the way of the release before: each letter's notice waits again, and has the job that sends it.
_NOTICES_BACK = """
WITH waiting AS (
    DELETE FROM bellwork.letters WHERE system = 'content' AND kind = 'notice' AND state IN ('pending', 'sending')
    RETURNING state, details ->> 'request_id' AS id, details ->> 'kind' AS kind
), changed AS (
    UPDATE {content}.content_requests r SET metadata = jsonb_set(r.metadata, '{notices}',
        ((r.metadata -> 'notices') - (SELECT array_agg(kind) FROM waiting w WHERE w.id = r.id))
        || coalesce((SELECT jsonb_object_agg(kind, 'unknown') FROM waiting w
                     WHERE w.id = r.id AND state = 'sending'), '{}'))
    WHERE r.id IN (SELECT id FROM waiting) AND jsonb_typeof(r.metadata -> 'notices') = 'object'
)
SELECT count(bellwork.enqueue('content.notify_ready', jsonb_build_object('request_id', id, 'kind', kind),
    unique_key => 'content.notify:' || id || ':' || kind)) FROM waiting WHERE state = 'pending'
"""
_CONTRACTS_BACK = """
SELECT count(bellwork.enqueue('content.tell_contract', details))
FROM bellwork.letters WHERE system = 'content' AND kind = 'contract' AND state = 'pending'
"""
_GONE = "DELETE FROM bellwork.letters WHERE system = 'content'"


def upgrade() -> None:
    """Enter what was told already: a letter of its key is never sent again."""
    for statement in (_NOTICES, _CONTRACTS):
        op.get_bind().execute(sql(statement))


def downgrade() -> None:
    """Have the jobs of the release before send what waits; one that is being sent is unknown."""
    for statement in (_NOTICES_BACK, _CONTRACTS_BACK, _GONE):
        op.get_bind().execute(sql(statement))
