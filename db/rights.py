"""THE table of who may do what in the database: every table, view and function of ours has a line, by role.

`bellwork_api` calls functions, `bellwork_worker` works, `bellwork_ops` looks, and acts through functions.
Makers of partitions (the scheduler, the queue `upkeep`, `bellwork partitions rotate|restore|convert`) own the tables or
are members of their owner: PostgreSQL has no lesser right for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.revision import revision_lines
from bellwork.db.systems import schemas as schemas_of_systems
from bellwork.db.systems import systems, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Table

API, WORKER, OPS = "bellwork_api", "bellwork_worker", "bellwork_ops"
ROLES = (API, WORKER, OPS)
LEDGER = "bellwork"
_READ, _WRITE = ("SELECT",), ("SELECT", "INSERT", "UPDATE", "DELETE")
#: What operators may change of a partition's row: who holds it, and what the catalogue says of it; no evidence.
_HOLD = ("held_by", "held_why", "held_at", "state", "namespace", "starts", "ends", "leaves_by", "at")

#: What operators may change of an entry, beside what code declares of it.
_ENTRY = (
    *("set_cron", "set_zone", "set_by", "set_why", "set_at"),
    *("paused_at", "paused_by", "pause_reason", "next_tick", "waiting"),
)
#: What operators see of a letter, which is neither its reader nor its words, and what they change of it.
_LETTER = (
    (
        "SELECT",
        (
            *("id", "key", "system", "kind", "urgent", "can_unsubscribe", "state", "reason", "not_before", "not_after"),
            *("template", "message_id", "address_hash", "domain", "tries", "held", "bounces", "posted_at"),
            *("job_id", "attempt", "claimed_at", "settled_at"),
        ),
    ),
    ("UPDATE", ("state", "reason", "not_before", "not_after", "tries", "held", "bounces", "settled_at")),
)

#: Tables and views of the ledger. What a role does not have here it must not have; a new table gets a line.
TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "actor_figures": {WORKER: _WRITE, OPS: _READ},
    "actors": {WORKER: _WRITE, OPS: _READ},
    "archive_people": {WORKER: _WRITE, OPS: _READ},
    "bounces": {WORKER: _WRITE, OPS: ("SELECT", "INSERT")},
    "budget_days": {WORKER: ("SELECT", "INSERT", "UPDATE"), OPS: _READ},
    "budgets": {WORKER: _READ, OPS: ("SELECT", "INSERT", "UPDATE")},
    "contract_notices": {WORKER: _WRITE, OPS: _READ},
    "crashes": {WORKER: _WRITE, OPS: _READ},
    "declarations": {WORKER: ("SELECT", "INSERT", "UPDATE"), OPS: _READ},
    "entries": {WORKER: _WRITE, OPS: ("SELECT", *(f"UPDATE ({column})" for column in _ENTRY))},
    "entry_changes": {WORKER: ("SELECT", "INSERT"), OPS: ("SELECT", "INSERT")},
    "erased_subjects": {},
    "erasure_key": {},
    "finished_jobs": {WORKER: _WRITE, OPS: _READ},
    "job_history": {WORKER: _READ, OPS: _READ},
    "jobs": {WORKER: _WRITE, OPS: ("SELECT", "INSERT")},
    "letters": {WORKER: _WRITE, OPS: tuple(f"{act} ({column})" for act, columns in _LETTER for column in columns)},
    "losses": {WORKER: _WRITE, OPS: _READ},
    "mail_hold": {WORKER: _WRITE, OPS: _READ},
    "mail_runs": {WORKER: _WRITE, OPS: _READ},
    "misfits": {WORKER: _WRITE, OPS: _READ},
    "notices": {WORKER: _WRITE, OPS: _READ},
    "occurrence_totals": {WORKER: _WRITE, OPS: _READ},
    "occurrences": {WORKER: _WRITE, OPS: _READ},
    "operator_acts": {WORKER: ("SELECT", "INSERT"), OPS: ("SELECT", "INSERT")},
    "own_jobs": {API: _READ, WORKER: _READ, OPS: _READ},
    "partitions": {WORKER: _WRITE, OPS: ("SELECT", "INSERT", *(f"UPDATE ({column})" for column in _HOLD))},
    "probes": {WORKER: _WRITE, OPS: _READ},
    "queue_depth": {API: _READ, WORKER: _READ, OPS: _READ},
    "queue_figures": {WORKER: _WRITE, OPS: _READ},
    "queue_minutes": {WORKER: _WRITE, OPS: _READ},
    "queue_seconds": {WORKER: _WRITE, OPS: _READ},
    "queues": {WORKER: _WRITE, OPS: ("SELECT", "INSERT", "UPDATE")},
    "reconciled": {WORKER: _WRITE, OPS: ("SELECT", "INSERT", "UPDATE")},
    "retention": {WORKER: _WRITE, OPS: _READ},
    "retention_parcels": {WORKER: _WRITE, OPS: _READ},
    "seen_events": {WORKER: _WRITE, OPS: _READ},
    "slo_minutes": {WORKER: _WRITE, OPS: _READ},
    "snapshot": {WORKER: ("SELECT", "UPDATE"), OPS: _READ},
    "superseded_files": {WORKER: _WRITE, OPS: _READ},
    "suppressed_addresses": {WORKER: _WRITE, OPS: ("SELECT", "INSERT", "DELETE")},
    "systems": {WORKER: _READ, OPS: _READ},
    "tick_history": {WORKER: _READ, OPS: _READ},
    "ticks": {WORKER: _WRITE, OPS: _READ},
    "webhook_deliveries": {
        WORKER: _WRITE,
        OPS: ("SELECT", *(f"UPDATE ({column})" for column in ("state", "tries", "next_at", "settled_at"))),
    },
    "webhook_endpoints": {WORKER: _WRITE, OPS: ("SELECT", "INSERT", "UPDATE")},
    "webhook_secrets": {
        WORKER: _WRITE,
        OPS: (
            *(f"SELECT ({column})" for column in ("endpoint_id", "made_at", "until")),
            "INSERT",
            "UPDATE (until)",
            "DELETE",
        ),
    },
    "workers": {WORKER: _WRITE, OPS: _READ},
}
#: Functions of the ledger, whatever their arguments.
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "cancel": ROLES,
    "cancel_any": (WORKER, OPS),
    "cancel_own": ROLES,
    "decide_ticks": (WORKER, OPS),
    "emit": ROLES,
    "end_erased_job": (),
    "enqueue": ROLES,
    "enqueue_as_caller": ROLES,
    "enqueue_job": ROLES,
    "enqueue_many": ROLES,
    "enqueue_plain": ROLES,
    "erase_history": (OPS,),
    "erase_jobs": (OPS,),
    "erase_letters": (OPS,),
    "erase_mentions": (OPS,),
    "erasure_hash": (OPS,),
    "eta_as_caller": ROLES,
    "finish": (WORKER,),
    "get_job": ROLES,
    "hold_waiting": (WORKER, OPS),
    "insert_jobs": (WORKER, OPS),
    "insert_told": (WORKER, OPS),
    "job_eta": ROLES,
    "keep_acts": (),
    "lift_erasure": (OPS,),
    "lock_jobs": (WORKER, OPS),
    "mark_erased": (OPS,),
    "name_tick_jobs": (WORKER, OPS),
    "notify_schedulers": ROLES,
    "odd_job": ROLES,
    "on_own_queues": (),
    "reckon_eta": (WORKER, OPS),
    "refusal": (),
    "rename_jobs": (WORKER, OPS),
    "reprioritise_jobs": (WORKER, OPS),
    "resume_put_off": (WORKER, OPS),
    "retake_key": (WORKER,),
    "retry_jobs": (WORKER, OPS),
    "settle_tick": (WORKER, OPS),
    "suppress_erased_letter": (),
    "try_as_caller": ROLES,
    "try_enqueue": ROLES,
    "unsubscribe": (WORKER, OPS),
}


class Call(NamedTuple):
    """The right of one role to call a function, whatever its arguments."""

    role: str
    schema: str
    function: str


class Right(NamedTuple):
    """One right of one role on one table or view; `column` where it is for that column alone."""

    role: str
    schema: str
    table: str
    privilege: str
    column: str | None = None


def of_ledger() -> dict[str, dict[str, tuple[str, ...]]]:
    """Return what each role may do with the tables and views of the ledger, those that hold systems' revisions too."""
    return TABLES | {line.table: {WORKER: _READ, OPS: _READ} for line in revision_lines()}


def rights() -> list[Right]:
    """List every right on a table: of the ledger as it stands above, and of each system on its own tables, by name.

    An adopted schema may hold a team's tables beside ours: those are left as they are.
    """
    ledger = [
        Right(role, LEDGER, table, *_split(privilege))
        for table, by_role in of_ledger().items()
        for role, privileges in by_role.items()
        for privilege in privileges
    ]
    read = [
        Right(role, schemas_of_systems()[each.word], view, "SELECT")
        for each in systems()
        for view in each.views
        for role in ROLES
    ]
    return ledger + [right for table in tables() for right in _of_system(table)] + read


def functions() -> list[Call]:
    """List who may call which function: of the ledger as it stands above, and of each system what it offers callers."""
    ledger = [Call(role, LEDGER, name) for name, roles in FUNCTIONS.items() for role in roles]
    offered = [(schemas_of_systems()[each.word], name) for each in systems() for name in each.functions]
    return ledger + [Call(role, schema, name) for schema, name in offered for role in (API, WORKER)]


def schemas() -> dict[str, tuple[str, ...]]:
    """Return the roles that may use each schema of ours, by the schema's name in this database."""
    used: dict[str, tuple[str, ...]] = {right.schema: (WORKER, OPS) for right in rights()}
    read = {right.schema for right in rights() if right.role == API}
    return used | dict.fromkeys(read | {call.schema for call in functions()}, ROLES)


def _of_system(table: Table) -> Iterator[Right]:
    """Let workers write a system's table, and operators read it but for the columns that its model calls secret."""
    schema = schemas_of_systems()[table.schema or ""]
    for privilege in _WRITE:
        yield Right(WORKER, schema, table.name, privilege)
    if any(column.info.get("secret") for column in table.columns):
        for column in table.columns:
            if not column.info.get("secret"):
                yield Right(OPS, schema, table.name, "SELECT", column.name)
    else:
        yield Right(OPS, schema, table.name, "SELECT")


def _split(privilege: str) -> tuple[str, str | None]:
    name, _, column = privilege.partition(" (")
    return name, column.rstrip(")") or None
