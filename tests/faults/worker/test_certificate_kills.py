"""kill -9 of the workers that issue certificates, at each step: each learner has one, and nothing is numbered anew."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import forget
from bellwork.tasks.certificates import issuer, make_key, verify
from bellwork.tasks.courses.certificates.issue import issue_certificate
from bellwork.tasks.providers import storage
from tests.faults import failpoints, invariants
from tests.faults.ground import PATIENCE
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.tasks.courses.campus import course, graduate, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEARNERS = 20
ACTOR = "courses.issue_certificate"
#: A number is taken and nothing is made; the page is stored; both are; before and after the commit.
KILLS = (
    ("after_claim", ACTOR),
    ("certificate_page_stored", ""),
    ("certificate_stored", ""),
    ("before_commit", ACTOR),
    ("after_commit", ACTOR),
)
_UNFINISHED = f"SELECT FROM bellwork.jobs WHERE actor = '{ACTOR}'"


@pytest.fixture
def cluster(ground: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Two masters and a scheduler, and an issuer."""
    make_key(ground / "certificates.pem")
    settings = {"CERTIFICATES_URL": "https://learn.example", "CERTIFICATES_PEM": str(ground / "certificates.pem")}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    forget()
    systems, more = "courses=bellwork.db.courses.system", {"LEASE": "2", "BEAT": "0.5"}
    with Cluster(ground, systems=systems, modules="", processes=1, scheduler=True, settings=settings | more) as cluster:
        yield cluster


def test_w6_twenty_learners_who_finish_three_times_have_twenty_certificates(cluster: Cluster, ground: Path) -> None:
    """While workers die at each step: twenty numbers, each on a page and in a credential that prove it."""
    eventually(cluster.is_up, PATIENCE)
    seeded = course()
    enrollments = [graduate(seeded, f"Ada{number}") for number in range(LEARNERS)]
    for point, subject in KILLS:
        failpoints.order(ground, point, "kill9", subject)
    for _ in range(3):
        for each in enrollments:
            issue_certificate.send(enrollment_id=each)
    eventually(partial(_all_taken, ground), 4 * PATIENCE)
    eventually(lambda: not rows(_UNFINISHED), 4 * PATIENCE)
    found = rows("SELECT * FROM {courses}.certificate_issues")
    signer, store = issuer(), storage()
    assert signer is not None

    assert LEARNERS == len(found) == len(rows("SELECT FROM {courses}.certificates"))
    assert {each.certificate_number for each in found} == {
        verify(
            store.get(store.key_of(each.credential_url)),
            signer.document(),
            page=store.get(store.key_of(each.pdf_url)),
        ).number
        for each in found
    }
    assert LEARNERS == len(rows("SELECT FROM bellwork.notices WHERE kind = 'courses.certificate_issued'"))
    invariants.check()


def _all_taken(ground: Path) -> bool:
    return len(KILLS) == len(list(failpoints.place(ground).glob("*.taken")))
