"""Retention: whether its rules fit this database, and what their last runs could not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.retention import check_rules, last_runs
from bellwork.db.systems import rules
from bellwork.db.vocabulary import RuleError
from bellwork.ops.doctor.finding import Finding

if TYPE_CHECKING:
    from sqlalchemy import Connection


def check_retention(conn: Connection) -> Finding:
    """Hold each rule against its table, and look at what the last runs said."""
    try:
        check_rules(conn, rules().values())
    except RuleError as refused:
        return Finding("fail", "retention", str(refused), "mend the table or the rule; until then no row goes by it")
    if said := [f"{run.rule}: {run.error}" for run in last_runs(conn).values() if run.error]:
        more = f" (and {len(said) - 1} more)" if said[1:] else ""
        mend = "mend that; the next run goes on, or `bellwork retention run`"
        return Finding("warn", "retention", f"{said[0]}{more}", mend)
    return Finding("ok", "retention", f"{len(rules())} rules fit, and no last run left anything behind")
