"""Alerts: the rules, what is found by each, and which of them are open.

plan   tables      rules   what is wrong when      measure   what is found      state   opened, repeated, closed
"""

from bellwork.db.content.alerts.measure import measure
from bellwork.db.content.alerts.rules import RULES, SILENT_AFTER, Rule
from bellwork.db.content.alerts.state import REPEAT, News, checked_at, note_findings, open_alerts

__all__ = ["REPEAT", "RULES", "SILENT_AFTER", "News", "Rule", "checked_at", "measure", "note_findings", "open_alerts"]
