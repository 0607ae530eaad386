"""Whether the disks of this machine take any more of what is stored: artefacts, archives, letters that are files."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import unquote

from bellwork.db.settings import settings

#: Where letters lie when no SMTP_URL is set.
LETTERS = "var/mail"
#: Bytes that are tried: as many as a look at PostgreSQL's disk writes.
_TRIED = 1 << 19
#: How a disk says that it takes nothing: it is full, a quota is used up, or it was mounted for reading alone.
_TAKES_NOTHING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


def folders() -> dict[str, Path]:
    """Return the folders that are written to here, by the setting that names them; none that is elsewhere."""
    urls = {
        "STORAGE_URL": settings().storage_url,
        "SMTP_URL": settings().smtp_url or f"file://{Path(LETTERS).resolve()}",
    }
    return {name: Path(unquote(url.removeprefix("file://"))) for name, url in urls.items() if url.startswith("file://")}


def refusal(folder: Path) -> str | None:
    """Try whether a folder's disk takes half a megabyte; return what it says where not, None where the folder is not.

    Nothing is left, even by a process that is killed meanwhile. Other errors are those of whoever writes there.
    """
    try:
        if not folder.is_dir():
            return None
        with TemporaryFile(dir=folder) as file:
            file.write(os.urandom(_TRIED))  # zeros might be compressed to nothing
    except OSError as error:
        return os.strerror(error.errno) if error.errno in _TAKES_NOTHING else None
    return None
