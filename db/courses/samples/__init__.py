"""Rows of courses that are made up: for the demo."""
