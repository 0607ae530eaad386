"""The moments that most tables of vividly.md end with."""

from __future__ import annotations

CREATED = {"created_at": "TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP"}
STAMPED = {**CREATED, "updated_at": "TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP"}
