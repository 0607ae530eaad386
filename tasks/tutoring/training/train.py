"""Trains a churn model from what became of tutors, and puts it to use where it beats the formula; else says why not."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import structlog

from bellwork.db.engine import transaction
from bellwork.db.tutoring.churn import Model, enter_model, samples
from bellwork.tasks.providers import MissingExtra, storage
from bellwork.tasks.tutoring.training.learn import Learned, NothingLearned, learn
from bellwork.tasks.tutoring.training.plot import calibration_plot, roc_plot
from bellwork.workers import job
from bellwork.workers.actor import actor

log = structlog.get_logger("bellwork.tutoring")

#: Where models lie in the storage, each with its pictures.
FOLDER = "tutoring/models"


@actor(
    actor_name="tutoring.train_model",
    callers="internal",
    queue_name="tutoring-training",
    max_retries=2,
    min_backoff=600_000,
    time_limit=3_000_000,
)
def train_model() -> None:
    """Learn from predictions of 30 days ago and before; the next prediction is scored by what came of it."""
    with transaction() as conn:
        known = samples(conn)
    day = datetime.now(UTC).date()
    try:
        learned = learn(known)
    except (NothingLearned, MissingExtra) as nothing:
        model = Model(
            f"none-{day}", in_use=False, samples=len(known), verdict=f"{nothing}; the formula is used", report={}
        )
        # Who cannot train knows nothing of the model that is in use.
        alone = isinstance(nothing, NothingLearned)
    else:
        model, alone = _stored(learned, f"logistic-{day}-{learned.fingerprint}", len(known)), True
    with job.transaction() as conn:
        enter_model(conn, model, alone=alone)
    log.info("model trained", version=model.version, in_use=model.in_use, samples=model.samples, verdict=model.verdict)


def _stored(learned: Learned, version: str, samples_: int) -> Model:
    """Put a model and its pictures into the storage, and say whether it is to be used."""
    objection = learned.objection
    verdict = f"{objection}; the formula is used" if objection else "it beats the formula on the held-out tutors"
    document = {
        "version": version,
        "intercept": learned.intercept,
        "coefficients": dict(learned.coefficients),
        "report": dict(learned.report),
        "verdict": verdict,
    }
    url = storage().put(f"{FOLDER}/{version}.json", json.dumps(document, indent=1, sort_keys=True).encode())
    for name, plot in (("roc", roc_plot(learned)), ("calibration", calibration_plot(learned))):
        storage().put(f"{FOLDER}/{version}-{name}.svg", plot.encode())
    return Model(
        version, not objection, samples_, verdict, learned.report, learned.intercept, learned.coefficients, url
    )
