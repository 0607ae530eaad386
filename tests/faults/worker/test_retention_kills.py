"""kill -9 of the worker that sweeps old rows or deletes an organization: another one goes on, and no row is lost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import transaction
from bellwork.tasks.content.retention.organization_deletion import delete_organization
from bellwork.tasks.upkeep.sweep_by_rule import sweep_by_rule
from tests.db.catalog import run_script
from tests.faults import failpoints, invariants
from tests.faults.ground import PATIENCE, RECOVERY, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POINTS = ("retention_parcel_stored", "retention_parcel_verified", "retention_batch")
_OLD = """
INSERT INTO content.content_requests (id, student_id, original_query, status, created_at)
SELECT 'old_' || n, 'user_student', 'Why?', 'failed', now() - interval '100 days' FROM generate_series(1, 1500) n
"""
_LIVE = "SELECT count(*) FROM content.content_requests WHERE deleted_at IS NULL AND id LIKE 'old%'"
_PARCELS = "SELECT sum(removed), count(*) FILTER (WHERE state = 'done') FROM bellwork.retention_parcels"
_UNFINISHED = "SELECT FROM bellwork.jobs WHERE actor = :actor"
_OVER = r"""
INSERT INTO content.organizations (id, name, org_type, metadata)
VALUES ('org_gone', 'Gone', 'district', '{"contract_end"\: "2026-01-31"}');
INSERT INTO content.users (id, email, password_hash, first_name, last_name, role, org_id, grade_level)
SELECT 'gone_' || n, n || '@example.org', '!', 'Al', 'Gone', 'student', 'org_gone', 9 FROM generate_series(1, 100) n;
INSERT INTO content.content_requests (id, student_id, original_query)
SELECT 'gone_' || n, 'gone_' || (1 + n % 100), 'Why?' FROM generate_series(1, 500) n;
INSERT INTO bellwork.contract_notices (organization_id, contract_end, step, state, at)
VALUES ('org_gone', '2026-01-31', 'deleted_in_7_days', 'nobody', now() - interval '7 days');
INSERT INTO content.audit_logs (user_id, action) VALUES ('gone_1', 'gone')
"""


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters and a scheduler, with a district, and storage and mail in the folder."""
    with transaction() as conn:
        run_script(conn, "vividly_rows.sql", "content")
    rows("UPDATE content.bulk_upload_jobs SET file_path = ''")
    rows(_OLD)
    places = {"STORAGE_URL": f"file://{ground}/storage", "SMTP_URL": f"file://{ground}/mail"}
    settings = {**places, "LEASE": "2", "BEAT": "0.5"}
    with Cluster(ground, systems="content", modules="", processes=1, scheduler=True, settings=settings) as cluster:
        yield cluster


def test_a1_w2_a_sweep_survives_the_death_of_its_worker_at_every_step(cluster: Cluster, ground: Path) -> None:
    """Three deaths in one job: all rows gone once, one archive, rescued in 5 s without waiting for the hold."""
    eventually(cluster.is_up, PATIENCE)
    for point in POINTS:
        failpoints.order(ground, point, "kill9")
    sweep_by_rule.send(rule="content.archive_requests")
    eventually(lambda: [(0,)] == rows(_LIVE), 3 * PATIENCE)
    recovery = time.time() - (failpoints.taken(ground, POINTS[-1]) or 0)
    eventually(lambda: not rows(_UNFINISHED, actor="upkeep.sweep"), PATIENCE)

    assert all(failpoints.taken(ground, point) for point in POINTS)
    assert [(1500, 1)] == rows(_PARCELS)
    assert 1 == len(list((ground / "storage").rglob("*.parquet")))
    assert recovery < RECOVERY
    invariants.check()


def test_vv19_w3_a_deletion_survives_the_death_of_its_worker(cluster: Cluster, ground: Path) -> None:
    """Killed in a batch, it goes on in the order of the tables, to the end."""
    for statement in _OVER.split(";"):
        rows(statement)
    eventually(cluster.is_up, PATIENCE)
    failpoints.order(ground, "retention_batch", "kill9", "content.delete_organization:org_gone")
    delete_organization.send(organization_id="org_gone", contract_end="2026-01-31")
    eventually(lambda: not rows("SELECT FROM content.organizations WHERE id = 'org_gone'"), 2 * PATIENCE)
    eventually(lambda: not rows(_UNFINISHED, actor="content.delete_organization"), PATIENCE)

    assert failpoints.taken(ground, "retention_batch")
    assert [(2,)] == rows("SELECT count(*) FROM content.users")
    assert [(None,)] == rows("SELECT user_id FROM content.audit_logs WHERE action = 'gone'")
    invariants.check()
