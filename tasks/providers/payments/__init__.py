"""Payments: whether the next period of a subscription was paid. It is asked and never charged here.

protocol  Payments, and what it answers   stripe  a server that speaks Stripe's HTTP   ledger  a file, written by hand
"""

from __future__ import annotations

from bellwork.tasks.providers.payments.ledger import Ledger
from bellwork.tasks.providers.payments.protocol import Answer, Paid, Payments, Refused, Unknown
from bellwork.tasks.providers.payments.stripe import Stripe

__all__ = ["Answer", "Ledger", "Paid", "Payments", "Refused", "Stripe", "Unknown", "open_payments"]


def open_payments(url: str | None, key: str | None) -> Payments | None:
    """Return who is asked by a URL, https:// or file://; None where nobody is."""
    if not url:
        return None
    if url.startswith("file://"):
        return Ledger(url.removeprefix("file://"))
    return Stripe(url, key)
