"""The picture of a model: its ROC curve and its calibration, as one SVG document after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.tutoring.charts import curves

if TYPE_CHECKING:
    from bellwork.tasks.tutoring.training.learn import Learned


def roc_plot(learned: Learned) -> str:
    """Draw how many of those who leave are found against how many false alarms that costs, on held-out tutors."""
    name = f"AUC {learned.report['auc']:.3f} (formula {learned.report['formula_auc']:.3f})"
    return curves("Who leaves, found", {name: learned.report["roc"]}, across="false alarms", up="found")


def calibration_plot(learned: Learned) -> str:
    """Draw what came of what was foretold, on held-out tutors; the diagonal would be right each time."""
    points = [(bin_["foretold"], bin_["came"]) for bin_ in learned.report["calibration"]]
    name = f"Brier {learned.report['brier']:.3f} (formula {learned.report['formula_brier']:.3f})"
    return curves("Foretold and come", {name: points}, across="foretold", up="came")
