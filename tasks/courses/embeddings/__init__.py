"""Texts of courses as embeddings: cut into pieces, embedded where they changed, searched."""
