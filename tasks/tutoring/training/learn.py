"""Samples to a logistic model: learned on 70 % of the tutors, tuned on 15 %, judged beside the formula on the rest.

Which share a tutor's samples belong to is told by the hash of his id: nobody is learned from and judged by, and the
same samples make the same model. A model is JSON, an intercept and a coefficient for each feature: no pickle.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bellwork.db.tutoring.churn import FEATURES
from bellwork.tasks.providers.extras import extra

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bellwork.db.tutoring.churn import Sample

#: Samples below which nothing is learned, and the area under the ROC curve a model must exceed (tutormax, TM15).
LEAST_SAMPLES, LEAST_AUC = 100, 0.85
#: Shares of the tutors, out of 100: learned from, tuned by; the rest judges.
LEARNED, TUNED = 70, 15
_STRENGTHS = (0.03, 0.3, 3.0, 30.0)
_BINS = 10


class NothingLearned(Exception):  # noqa: N818 - it says how the training ended
    """There is no model, and the text says why."""


@dataclass(frozen=True)
class Learned:
    """A model, and how it and the formula did on tutors neither knew: AUC, Brier score, calibration, ROC."""

    intercept: float
    coefficients: Mapping[str, float]
    report: Mapping[str, Any] = field(repr=False)

    @property
    def objection(self) -> str | None:
        """Return why it is not to be used; None where it may be."""
        auc, formula = self.report["auc"], self.report["formula_auc"]
        if auc <= LEAST_AUC:
            return f"its AUC is {auc:.3f} on the held-out tutors, above {LEAST_AUC} is asked for"
        if auc < formula or self.report["brier"] > self.report["formula_brier"]:
            return (
                f"the formula is better on the held-out tutors: AUC {formula:.3f} against {auc:.3f}, Brier score"
                f" {self.report['formula_brier']:.3f} against {self.report['brier']:.3f}"
            )
        return None

    @property
    def fingerprint(self) -> str:
        """Return eight characters of the hash of its numbers."""
        numbers = json.dumps([self.intercept, dict(self.coefficients)], sort_keys=True)
        return hashlib.sha256(numbers.encode()).hexdigest()[:8]


def learn(samples: Sequence[Sample]) -> Learned:
    """Learn a model; raises NothingLearned for too few samples, and where a share has nobody who left, or who stayed.

    Raises MissingExtra where scikit-learn is not installed.
    """
    if len(samples) < LEAST_SAMPLES:
        raise NothingLearned(f"there are {len(samples)} samples, at least {LEAST_SAMPLES} are needed")
    learned, tuned, held_out = _shares(samples)
    for name, share in (("learn from", learned), ("tune by", tuned), ("judge by", held_out)):
        gone = sum(sample.has_left for sample in share)
        if not 0 < gone < len(share):
            raise NothingLearned(f"of {len(share)} samples to {name}, {gone} left: both kinds are needed")
    with extra("ml", "training of churn models"):
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - takes seconds, and is an extra
        from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve  # noqa: PLC0415
    candidates = []
    for strength in _STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=1_000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit([sample.features for sample in learned], [sample.has_left for sample in learned])
        chances = model.predict_proba([sample.features for sample in tuned])[:, 1]
        candidates.append((brier_score_loss([sample.has_left for sample in tuned], chances), strength, model))
    _, strength, best = min(candidates, key=lambda candidate: candidate[:2])
    left = [sample.has_left for sample in held_out]
    chances = [float(chance) for chance in best.predict_proba([sample.features for sample in held_out])[:, 1]]
    formula = [sample.formula / 100 for sample in held_out]
    false_alarms, found, _ = roc_curve(left, chances)
    report = {
        "samples": {"learned": len(learned), "tuned": len(tuned), "held_out": len(held_out)},
        "left": sum(sample.has_left for sample in samples),
        "strength": strength,
        "auc": float(roc_auc_score(left, chances)),
        "formula_auc": float(roc_auc_score(left, formula)),
        "brier": float(brier_score_loss(left, chances)),
        "formula_brier": float(brier_score_loss(left, formula)),
        "roc": [[round(float(x), 4), round(float(y), 4)] for x, y in zip(false_alarms, found, strict=True)],
        "calibration": _calibration(chances, left),
    }
    coefficients = {name: float(value) for name, value in zip(FEATURES, best.coef_[0], strict=True)}
    return Learned(float(best.intercept_[0]), coefficients, report)


def _shares(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample], list[Sample]]:
    shares: tuple[list[Sample], list[Sample], list[Sample]] = ([], [], [])
    for sample in samples:
        place = int.from_bytes(hashlib.sha256(sample.tutor_id.encode()).digest()[:8]) % 100
        shares[0 if place < LEARNED else 1 if place < LEARNED + TUNED else 2].append(sample)
    return shares


def _calibration(chances: Sequence[float], left: Sequence[bool]) -> list[dict[str, float]]:
    """Return, for each tenth of probability that occurs, what was foretold on average, what came, and of how many."""
    bins = []
    for tenth in range(_BINS):
        inside = [n for n, chance in enumerate(chances) if min(int(chance * _BINS), _BINS - 1) == tenth]
        if inside:
            bins.append(
                {
                    "foretold": round(sum(chances[n] for n in inside) / len(inside), 4),
                    "came": round(sum(left[n] for n in inside) / len(inside), 4),
                    "samples": len(inside),
                }
            )
    return bins
