"""The functions of study_companion.md, made right, and the rules that take a second table to check."""

from __future__ import annotations

from bellwork.db.companion.plan.tables import TABLES

_RATING = "update_student_rating(uuid, uuid, integer, numeric)"
#: Whose text in the document does not work: a missing row gave NULL, two at once lost one, nothing was clamped.
CORRECTED = frozenset({_RATING})

FUNCTIONS = {
    "update_updated_at_column()": """
        CREATE OR REPLACE FUNCTION {companion}.update_updated_at_column() RETURNS TRIGGER AS $$
        BEGIN
            NEW.updated_at = CURRENT_TIMESTAMP;
            RETURN NEW;
        END;
        $$ LANGUAGE plpgsql
    """,
    # The row is made first and locked then, so that of two at once the second goes on from the first one's rating.
    _RATING: """
        CREATE OR REPLACE FUNCTION {companion}.update_student_rating(
            p_student_id UUID, p_subject_id UUID, p_question_rating INTEGER, p_performance_score DECIMAL
        ) RETURNS INTEGER AS $$
        DECLARE
            v_current_rating INTEGER;
            v_new_rating INTEGER;
            v_performance DECIMAL := round(p_performance_score, 2);
            v_k_factor INTEGER := 32;
        BEGIN
            IF p_question_rating IS NULL OR v_performance IS NULL OR v_performance NOT BETWEEN 0 AND 1 THEN
                RAISE EXCEPTION 'a question rating % and a performance % change no rating; a performance is 0 to 1',
                    p_question_rating, p_performance_score USING ERRCODE = 'invalid_parameter_value';
            END IF;
            INSERT INTO {companion}.student_ratings (student_id, subject_id) VALUES (p_student_id, p_subject_id)
            ON CONFLICT (student_id, subject_id) DO NOTHING;
            SELECT least(greatest(coalesce(rating, 1000), 400), 2000) INTO v_current_rating
            FROM {companion}.student_ratings
            WHERE student_id = p_student_id AND subject_id = p_subject_id FOR UPDATE;
            v_new_rating := least(greatest(round(v_current_rating + v_k_factor * (v_performance
                - 1.0 / (1.0 + power(10.0, (p_question_rating - v_current_rating) / 400.0)))), 400), 2000);
            UPDATE {companion}.student_ratings SET rating = v_new_rating, last_updated = CURRENT_TIMESTAMP
            WHERE student_id = p_student_id AND subject_id = p_subject_id;
            RETURN v_new_rating;
        END;
        $$ LANGUAGE plpgsql
    """,
    # FOR SHARE: nobody's role changes between this look and the commit.
    "check_assignment_roles()": """
        CREATE OR REPLACE FUNCTION {companion}.check_assignment_roles() RETURNS TRIGGER AS $$
        DECLARE
            v_role TEXT;
        BEGIN
            SELECT role INTO v_role FROM {companion}.users WHERE id = NEW.tutor_id FOR SHARE;
            IF v_role <> 'tutor' THEN
                RAISE EXCEPTION 'the user % cannot be the tutor of an assignment: the role is %, not tutor',
                    NEW.tutor_id, v_role USING ERRCODE = 'check_violation', CONSTRAINT = 'check_tutor_role';
            END IF;
            SELECT role INTO v_role FROM {companion}.users WHERE id = NEW.student_id FOR SHARE;
            IF v_role <> 'student' THEN
                RAISE EXCEPTION 'the user % cannot be the student of an assignment: the role is %, not student',
                    NEW.student_id, v_role USING ERRCODE = 'check_violation', CONSTRAINT = 'check_student_role';
            END IF;
            RETURN NEW;
        END;
        $$ LANGUAGE plpgsql
    """,
    "keep_assigned_role()": """
        CREATE OR REPLACE FUNCTION {companion}.keep_assigned_role() RETURNS TRIGGER AS $$
        BEGIN
            IF EXISTS (SELECT FROM {companion}.tutor_student_assignments
                       WHERE tutor_id = NEW.id OR student_id = NEW.id) THEN
                RAISE EXCEPTION 'the user % stays a %: assignments name it; delete those first', NEW.id, OLD.role
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'keep_assigned_role';
            END IF;
            RETURN NEW;
        END;
        $$ LANGUAGE plpgsql
    """,
    # Only names of the tz database: PostgreSQL would take 'noon5' for a zone of POSIX, five hours off.
    "known_zone(text)": """
        CREATE OR REPLACE FUNCTION {companion}.known_zone(name TEXT) RETURNS TEXT AS $$
        BEGIN
            IF name !~ '^([A-Za-z_]+(/[A-Za-z_-]+){1,2}|Etc/GMT([+]([0-9]|1[0-2])|-([0-9]|1[0-4])))$' THEN
                RETURN 'UTC';
            END IF;
            PERFORM timestamptz 'epoch' AT TIME ZONE name;
            RETURN name;
        EXCEPTION WHEN invalid_parameter_value THEN
            RETURN 'UTC';
        END;
        $$ LANGUAGE plpgsql STABLE STRICT
    """,
    "flag_made_item()": """
        CREATE OR REPLACE FUNCTION {companion}.flag_made_item() RETURNS TRIGGER AS $$
        BEGIN
            NEW.flagged := true;
            RETURN NEW;
        END;
        $$ LANGUAGE plpgsql
    """,
}

_STAMPS = {
    table: {
        f"update_{table}_updated_at": f"BEFORE UPDATE ON {{companion}}.{table}"
        " FOR EACH ROW EXECUTE FUNCTION {companion}.update_updated_at_column()"
    }
    for table, drawn in TABLES.items()
    if "updated_at" in drawn.columns
}
TRIGGERS = {
    **_STAMPS,
    "users": _STAMPS["users"]
    | {
        "users_keep_assigned_role": "BEFORE UPDATE OF role ON {companion}.users FOR EACH ROW"
        " WHEN (NEW.role IS DISTINCT FROM OLD.role) EXECUTE FUNCTION {companion}.keep_assigned_role()"
    },
    "tutor_student_assignments": {
        "tutor_student_assignments_roles": "BEFORE INSERT OR UPDATE OF tutor_id, student_id"
        " ON {companion}.tutor_student_assignments"
        " FOR EACH ROW EXECUTE FUNCTION {companion}.check_assignment_roles()"
    },
    "practice_assignments": {
        "practice_assignments_flag": "BEFORE INSERT ON {companion}.practice_assignments FOR EACH ROW"
        " WHEN (NEW.source = 'ai_generated') EXECUTE FUNCTION {companion}.flag_made_item()"
    },
}
