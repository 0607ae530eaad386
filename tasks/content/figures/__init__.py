"""Figures of the content system, counted each hour (bellwork.db.content.figures)."""
