"""Who is about to leave: figures, sub-scores, a score, and who scores, a trained model or the formula.

factors   THE table of sub-scores, weights, additions, bands      figures   what they are computed from
predict   writes predictions, each key once                       models    trained models and what they learn from
"""

from __future__ import annotations

from bellwork.db.tutoring.churn.models import FEATURES, Model, Sample, enter_model, latest_model, samples
from bellwork.db.tutoring.churn.predict import Predicted, is_tutor, predict

__all__ = [
    "FEATURES",
    "Model",
    "Predicted",
    "Sample",
    "enter_model",
    "is_tutor",
    "latest_model",
    "predict",
    "samples",
]
