"""The indexes of study_companion.md and those our jobs need, what a row must fulfil, and the circle of overrides."""

from __future__ import annotations

INDEXES = {
    "users": {
        "idx_users_cognito_sub": "(cognito_sub)",
        "idx_users_role": "(role)",
        "idx_users_email": "(email)",
    },
    "tutor_student_assignments": {
        "idx_tsa_tutor": "(tutor_id)",
        "idx_tsa_student": "(student_id)",
        "idx_tsa_status": "(status)",
    },
    "subjects": {"idx_subjects_category": "(category)"},
    "goals": {
        "idx_goals_student": "(student_id)",
        "idx_goals_status": "(status)",
        "idx_goals_subject": "(subject_id)",
        # Ours: goals that were reached in the last days, without a look at all that ever were.
        "idx_goals_completed": "(completed_at, id) WHERE status = 'completed'",
    },
    "sessions": {
        "idx_sessions_student": "(student_id)",
        "idx_sessions_tutor": "(tutor_id)",
        "idx_sessions_date": "(session_date)",
        # Ours: how many sessions a learner had and when the last one was, from the index alone.
        "idx_sessions_student_date": "(student_id, session_date DESC)",
    },
    "summaries": {
        "idx_summaries_session": "(session_id)",
        "idx_summaries_student": "(student_id)",
        "idx_summaries_tutor": "(tutor_id)",
        "summaries_one_per_session": "UNIQUE (session_id)",
    },
    "practice_bank_items": {
        "idx_pbi_subject": "(subject_id)",
        "idx_pbi_difficulty": "(difficulty_level)",
        "idx_pbi_goal_tags": "USING GIN(goal_tags)",
        "idx_pbi_active": "(is_active)",
    },
    "practice_assignments": {
        "idx_pa_student": "(student_id)",
        "idx_pa_source": "(source)",
        "idx_pa_flagged": "(flagged)",
        "idx_pa_completed": "(completed)",
    },
    "student_ratings": {
        "idx_sr_student": "(student_id)",
        "idx_sr_subject": "(subject_id)",
        "idx_sr_rating": "(rating)",
    },
    "qa_interactions": {
        "idx_qa_student": "(student_id)",
        "idx_qa_confidence": "(confidence)",
        "idx_qa_created": "(created_at)",
    },
    "nudges": {
        "idx_nudges_user": "(user_id)",
        "idx_nudges_type": "(type)",
        "idx_nudges_sent": "(sent_at)",
        "idx_nudges_opened": "(opened_at)",
        # Ours: what a learner was sent lately, whatever he was sent in other years.
        "idx_nudges_user_sent": "(user_id, sent_at DESC)",
    },
    "overrides": {
        "idx_overrides_tutor": "(tutor_id)",
        "idx_overrides_student": "(student_id)",
        "idx_overrides_type": "(override_type)",
        "idx_overrides_created": "(created_at)",
        # Ours: PostgreSQL looks for the overrides of each row that is deleted with its student.
        "idx_overrides_summary": "(summary_id) WHERE summary_id IS NOT NULL",
        "idx_overrides_practice": "(practice_assignment_id) WHERE practice_assignment_id IS NOT NULL",
        "idx_overrides_qa": "(qa_interaction_id) WHERE qa_interaction_id IS NOT NULL",
    },
    "nudge_suppressions": {"idx_nudge_suppressions_decided": "(decided_at)"},
}

CHECKS = {
    "practice_assignments": {
        "practice_assignments_made_check": (
            "source <> 'ai_generated' OR coalesce(btrim(ai_question_text), '') <> ''"
            " AND coalesce(btrim(ai_answer_text), '') <> ''"
        ),
        "practice_assignments_bank_check": "source <> 'bank' OR bank_item_id IS NOT NULL",
    },
}

_OVERRIDE = "FOREIGN KEY (override_id) REFERENCES {companion}.overrides(id) ON DELETE SET NULL DEFERRABLE"
#: Tables and overrides refer to each other: these keys come when both stand, and a load may defer them.
FOREIGN_KEYS = {
    table: {f"{table}_override_id_fkey": _OVERRIDE}
    for table in ("summaries", "practice_assignments", "qa_interactions")
}
