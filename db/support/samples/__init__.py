"""Rows of support for the demo."""
