"""Triggers of student_interventions: its moments, and the flags of the enrollment, which equal its open row.

Whoever writes a row, in whatever language, the flags of its enrollment are written in the same commit.
"""

from __future__ import annotations

# As an expression, so that rows are looked up by their enrollment: before a table that grew at once is analyzed, the
# planner would take the index of statuses for empty.
_OPEN = "deleted_at IS NULL AND (o.status || '') IN ('pending', 'in_progress', 'escalated')"
# Enrollments are locked by a statement of their own: the next one sees what others committed until the locks were had.
FLAGS = {
    "stamp_intervention()": """
        CREATE OR REPLACE FUNCTION {support}.stamp_intervention() RETURNS trigger
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                NEW.updated_at = now();
            END IF;
            IF NEW.status = 'dismissed' AND (TG_OP = 'INSERT' OR OLD.status IS DISTINCT FROM NEW.status) THEN
                NEW.dismissed_at = coalesce(NEW.dismissed_at, now());
            END IF;
            RETURN NEW;
        END $$
    """,
    "set_flags(uuid[])": f"""
        CREATE OR REPLACE FUNCTION {{support}}.set_flags(enrollments uuid[]) RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            changed bigint;
        BEGIN
            PERFORM FROM {{support}}.student_enrollments e WHERE e.id = ANY(enrollments)
            ORDER BY e.id FOR NO KEY UPDATE;
            UPDATE {{support}}.student_enrollments e
            SET is_at_risk = f.open, risk_level = f.risk_level, risk_reasons = f.risk_reasons,
                at_risk_since = CASE WHEN f.open THEN coalesce(e.at_risk_since, f.since, now()) END
            FROM (
                SELECT t.id, o.id IS NOT NULL AS open,
                       CASE WHEN o.risk_level IN ('low', 'medium', 'high') THEN o.risk_level END AS risk_level,
                       coalesce(o.risk_reasons, '{{}}') AS risk_reasons, o.created_at AS since
                FROM unnest(enrollments) AS t(id)
                LEFT JOIN {{support}}.student_interventions o ON o.enrollment_id = t.id AND o.{_OPEN}
            ) AS f
            WHERE e.id = f.id
              AND (e.is_at_risk, e.risk_level, e.risk_reasons, e.at_risk_since IS NOT NULL)
                  IS DISTINCT FROM (f.open, f.risk_level, f.risk_reasons, f.open);
            GET DIAGNOSTICS changed = ROW_COUNT;
            RETURN changed;
        END $$
    """,  # noqa: S608 - ours
    "follow_interventions()": """
        CREATE OR REPLACE FUNCTION {support}.follow_interventions() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            touched uuid[];
        BEGIN
            CASE TG_OP
                WHEN 'INSERT' THEN
                    SELECT array_agg(DISTINCT n.enrollment_id) INTO touched FROM new_rows n;
                WHEN 'DELETE' THEN
                    SELECT array_agg(DISTINCT o.enrollment_id) INTO touched FROM old_rows o;
                ELSE
                    SELECT array_agg(DISTINCT enrollment) INTO touched
                    FROM old_rows o JOIN new_rows n USING (id),
                         LATERAL (VALUES (o.enrollment_id), (n.enrollment_id)) AS either(enrollment)
                    WHERE (o.enrollment_id, o.status, o.deleted_at IS NULL, o.risk_level, o.risk_reasons)
                       IS DISTINCT FROM (n.enrollment_id, n.status, n.deleted_at IS NULL, n.risk_level, n.risk_reasons);
            END CASE;
            IF touched IS NOT NULL THEN
                PERFORM {support}.set_flags(touched);
            END IF;
            RETURN NULL;
        END $$
    """,
}
_TABLE = "{support}.student_interventions"
_FOLLOW = "FOR EACH STATEMENT EXECUTE FUNCTION {support}.follow_interventions()"
TRIGGERS = {
    "student_interventions": {
        "update_student_interventions_updated_at": f"BEFORE INSERT OR UPDATE ON {_TABLE}"
        " FOR EACH ROW EXECUTE FUNCTION {support}.stamp_intervention()",
        "flags_of_inserted": f"AFTER INSERT ON {_TABLE} REFERENCING NEW TABLE AS new_rows {_FOLLOW}",
        "flags_of_updated": f"AFTER UPDATE ON {_TABLE} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"
        f" {_FOLLOW}",
        "flags_of_deleted": f"AFTER DELETE ON {_TABLE} REFERENCING OLD TABLE AS old_rows {_FOLLOW}",
    },
}
