"""Artefacts by key: written whole or not at all, never changed, the same call in a folder and in the cloud.

protocol  Storage, and what a key may be
folder    file://   a local folder
objects   s3://, gs://, az://, memory://   object stores, by obstore

Decision: obstore also has a local store, but it never calls fsync (seen with strace, 0.12.1): after a power cut the
name may stand for an empty file, and since an existing key is kept, for ever. So folders are written by our own hand.
"""

from __future__ import annotations

from bellwork.tasks.providers.storage.choose import open_storage
from bellwork.tasks.providers.storage.protocol import Storage

__all__ = ["Storage", "open_storage"]
