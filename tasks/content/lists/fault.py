"""What is wrong with a file, or with one row of it, in words for whoever handed it in."""

from __future__ import annotations


class FileRefused(Exception):  # noqa: N818 - named for what becomes of it
    """Nothing of this file can be read; the message says why and what to do."""


class RowRefused(Exception):  # noqa: N818 - as above
    """This row cannot be read; the message says why, and holds no more of the row than a word of a role or a grade."""
