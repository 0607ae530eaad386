"""What courses need in the demo: a key for certificates, a place for labs that others can reach, leave for webhooks."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.tasks.certificates import make_key
from bellwork.tasks.providers.labs import open_labs

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def campus(state_dir: Path) -> Iterator[dict[str, str]]:
    """Yield the settings; at the end no lab is left. Nobody answers at the address that certificates name."""
    key, folder = state_dir / "certificates.pem", Path(tempfile.mkdtemp(prefix="bellwork-labs-", dir="/var/tmp"))
    key.unlink(missing_ok=True)
    make_key(key)
    folder.chmod(0o711)  # root's labs are other users
    url = f"bwrap://{folder / 'labs'}"
    try:
        yield {
            "CERTIFICATES_URL": "https://learning.example",
            "CERTIFICATES_PEM": str(key),
            "LABS_URL": url,
            "WEBHOOK_PRIVATE": "true",  # the receiver is on this machine
        }
    finally:
        host = open_labs(url)
        for each in host.held():
            host.release(each.id)
        shutil.rmtree(folder, ignore_errors=True)
