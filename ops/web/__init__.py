"""The dashboard: the ledger as pages, to be read in a browser and changed nowhere."""

from bellwork.ops.web.app import dashboard

__all__ = ["dashboard"]
