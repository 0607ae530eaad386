"""Proves that the flags of enrollments equal their open interventions, and mends those that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

# What a trigger writes with each change of a row can be wrong only where somebody wrote flags himself, or switched
# triggers off; so what is said of the enrollment is kept.
_WRONG = """
SELECT e.id, e.is_at_risk, e.risk_level, o.id AS row, o.risk_level AS row_level, o.risk_reasons AS row_reasons
FROM {support}.student_enrollments e
LEFT JOIN {support}.student_interventions o ON o.enrollment_id = e.id AND o.deleted_at IS NULL
    AND o.status IN ('pending', 'in_progress', 'escalated')
WHERE (e.is_at_risk, e.risk_level, e.risk_reasons, e.at_risk_since IS NOT NULL)
    IS DISTINCT FROM (o.id IS NOT NULL, o.risk_level, coalesce(o.risk_reasons, '{}'), o.id IS NOT NULL)
"""
_MEND = f"""
WITH wrong AS MATERIALIZED ({_WRONG} ORDER BY e.id LIMIT :most), mended AS MATERIALIZED (
    SELECT {{support}}.set_flags(ARRAY(SELECT id FROM wrong)) AS count
), noted AS (
    INSERT INTO {{support}}.decisions (enrollment_id, intervention_id, kind, reason, level, reasons)
    SELECT wrong.id, wrong.row, 'flags_mended', format('the enrollment said %s, and %s',
               CASE WHEN is_at_risk THEN 'at risk, ' || coalesce(risk_level, 'without a level') ELSE 'not at risk' END,
               coalesce('an intervention is open, ' || row_level, 'no intervention is open')),
           row_level, coalesce(row_reasons, '{{}}')
    FROM wrong, mended WHERE mended.count > 0 ORDER BY wrong.id
    RETURNING id
)
SELECT count FROM mended
"""  # noqa: S608 - ours


def mend_flags(conn: Connection, most: int = 500) -> int:
    """Write the flags that are not those of the open rows, at most so many enrollments'; returns how many."""
    return int(conn.execute(sql(_MEND), {"most": most}).scalar_one())
