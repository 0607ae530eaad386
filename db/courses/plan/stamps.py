"""The columns that most tables of learncraft.md begin and end with; every time has its zone."""

from __future__ import annotations

ID = "UUID PRIMARY KEY DEFAULT gen_random_uuid()"
USER = "UUID NOT NULL REFERENCES {courses}.users(id)"
CREATED = {"created_at": "TIMESTAMPTZ NOT NULL DEFAULT now()"}
STAMPED = {**CREATED, "updated_at": "TIMESTAMPTZ NOT NULL DEFAULT now()"}
