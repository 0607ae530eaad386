"""What is open to others on this machine or on the way: files, keys sent unencrypted, failpoints."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

from bellwork.db.room import folders
from bellwork.db.settings import settings
from bellwork.ops.doctor.finding import Finding

#: What no user but the owner may do with films, letters, archives and settings.
_OTHERS = 0o077
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def check_files() -> Finding:
    """Warn where others on this machine may read what is stored, what is mailed to files, or the settings."""
    wide = [f"{path} ({stat.S_IMODE(path.stat().st_mode):04o})" for path in _kept() if _is_wide(path)]
    if not wide:
        return Finding("ok", "files", "settings and what is stored here are open to nobody else")
    mend = "chmod 700 the folders and 600 the files; what we make is private from the start"
    return Finding("warn", "files", f"open to others on this machine: {', '.join(wide)}", mend)


def check_keys() -> Finding:
    """Warn where a key is sent over a connection that anybody on the way can read."""
    bare = [name for name, url, key in _services() if key and _is_open(url)]
    if not bare:
        return Finding("ok", "keys", "none is sent unencrypted")
    mend = f"use https:// in {', '.join(bare)}"
    return Finding("warn", "keys", f"sent unencrypted, over http://: the key that goes with {', '.join(bare)}", mend)


def check_failpoints() -> Finding:
    """Warn where FAILPOINTS is set: what writes to its folder can stop and kill these processes."""
    folder = os.environ.get("FAILPOINTS")
    if not folder:
        return Finding("ok", "failpoints", "none can be ordered")
    return Finding("warn", "failpoints", f"FAILPOINTS is set ({folder}): files there make processes fail", "unset it")


def _kept() -> list[Path]:
    return [*folders().values(), Path(".bellwork/stack.json").resolve(), Path(".env").resolve()]


def _is_wide(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False


def _services() -> list[tuple[str, str | None, str | None]]:
    chosen = settings()
    return [
        ("LLM_BASE_URL", chosen.llm_base_url, chosen.llm_api_key),
        ("TTS_BASE_URL", chosen.tts_base_url, chosen.tts_api_key),
        ("TRANSCRIPTS_BASE_URL", chosen.transcripts_base_url, chosen.transcripts_api_key),
        ("EMBEDDINGS_BASE_URL", chosen.embeddings_base_url, chosen.embeddings_api_key),
    ]


def _is_open(url: str | None) -> bool:
    parts = urlsplit(url or "")
    return parts.scheme == "http" and parts.hostname not in _HERE
