"""The columns that most tables of study_companion.md begin and end with."""

from __future__ import annotations

ID = "UUID PRIMARY KEY DEFAULT gen_random_uuid()"
CREATED = {"created_at": "TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP"}
STAMPED = {**CREATED, "updated_at": "TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP"}
STUDENT = "UUID NOT NULL REFERENCES {companion}.users(id) ON DELETE CASCADE"
SUBJECT = "UUID REFERENCES {companion}.subjects(id)"
DIFFICULTY = "CHECK (difficulty_level >= 1 AND difficulty_level <= 10)"
#: The foreign key of override_id comes when overrides stands, which refers to these tables in its turn.
OVERRIDDEN = {"overridden": "BOOLEAN DEFAULT FALSE", "override_id": "UUID"}
