"""Subscriptions: what becomes of one when its period ends."""
