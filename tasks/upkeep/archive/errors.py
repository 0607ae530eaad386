"""What can go wrong with an archive, in one line: a package that is missing, a file that cannot be read or written."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import ProviderFailure
from bellwork.tasks.providers.extras import extra

if TYPE_CHECKING:
    from collections.abc import Iterator


class ArchiveError(ProviderFailure):
    """Rows could not be written as a file, or a file does not hold the rows that it should; the message says which."""


class ChangedMeanwhileError(ArchiveError):
    """Somebody else put another file in an archive's place, since it was looked at; nothing was changed."""


def need_archive() -> None:
    """Raise MissingExtra, naming the extra, unless Parquet can be written here."""
    with extra("archive", "archiving rows"):
        import pyarrow.parquet  # noqa: F401, PLC0415 - an extra, asked for to know whether it is there


@contextmanager
def plainly(what: str) -> Iterator[None]:
    """Turn whatever Arrow and the disk raise into ArchiveError: `what` was tried, and why it did not work."""
    need_archive()
    import pyarrow as pa  # noqa: PLC0415 - an extra: whoever archives nothing need not install it

    try:
        yield
    except (OSError, EOFError, UnicodeError, StopIteration, pa.ArrowException) as failed:
        reason = str(failed).strip().partition("\n")[0] or type(failed).__name__
        raise ArchiveError(f"{what}: {reason}") from failed
