"""Storage, in a folder and in an object store."""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.providers.errors import MissingObjectError, StorageError
from bellwork.tasks.providers.storage import Storage, open_storage
from bellwork.tasks.providers.storage.folder import Folder
from bellwork.tasks.providers.storage.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = "content/ab12/script.json"


@pytest.fixture(params=["folder", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """A storage of each kind that works without a network."""
    if request.param == "folder":
        return Folder(f"file://{tmp_path}/deep/store")
    return Objects("memory:///")


def test_what_was_put_can_be_got(storage: Storage, tmp_path: Path) -> None:
    """Bytes and files come back as they were, and the URL leads to the key again."""
    file = tmp_path / "film.mp4"
    file.write_bytes(b"film")
    url = storage.put(KEY, b"script")
    storage.put("content/ab12/video.mp4", file)

    assert b"script" == storage.get(KEY)
    assert b"film" == storage.get("content/ab12/video.mp4")
    assert KEY == storage.key_of(url)
    assert url == storage.url(KEY)
    assert b"film" == file.read_bytes()


def test_what_was_put_can_be_read_from_anywhere(storage: Storage) -> None:
    """A large object is read where it is wanted, over its end nothing comes, and what is missing is said."""
    content = bytes(range(256)) * 12_000
    storage.put(KEY, content)
    with storage.open(KEY) as file:
        assert len(content) == file.seek(0, 2)
        for at, size in ((2_000_000, 300), (5, 10), (len(content) - 4, 10), (0, 2_500_000)):
            file.seek(at)
            assert content[at : at + size] == file.read(size)
    with pytest.raises(MissingObjectError, match="nothing is"):
        storage.open("content/none")


def test_what_was_put_can_be_fetched_into_a_file(storage: Storage, tmp_path: Path) -> None:
    """Whatever its size, it is never whole in memory; what is missing is said, and what cannot be written."""
    content = bytes(range(256)) * 50_000
    storage.put(KEY, content)
    storage.fetch(KEY, tmp_path / "copy")

    assert content == (tmp_path / "copy").read_bytes()
    with pytest.raises(MissingObjectError, match="nothing is"):
        storage.fetch("content/none", tmp_path / "other")
    with pytest.raises(StorageError, match="content/ab12"):
        storage.fetch(KEY, tmp_path / "no" / "folder")


def test_a_large_file_is_stored_like_a_small_one(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pieces where the store takes them; a key that exists is kept."""
    monkeypatch.setattr(sys.modules[Objects.__module__], "LARGE", 1_000)
    large, other = tmp_path / "large", tmp_path / "other"
    large.write_bytes(b"x" * 12_000_000)
    other.write_bytes(b"y" * 2_000)

    assert storage.put(KEY, large) == storage.put(KEY, other) == storage.url(KEY)
    assert large.read_bytes() == storage.get(KEY)


def test_an_existing_key_is_kept(storage: Storage) -> None:
    """Putting again gives the same URL and changes nothing: keys name contents."""
    first = storage.put(KEY, b"one")

    assert first == storage.put(KEY, b"one")
    assert first == storage.put(KEY, b"two")
    assert b"one" == storage.get(KEY)


def test_what_is_not_there_is_missing(storage: Storage) -> None:
    """A missing key has an error of its own, and is as good as deleted."""
    assert not storage.exists(KEY)
    storage.delete(KEY)
    with pytest.raises(MissingObjectError, match="nothing is"):
        storage.get(KEY)


def test_a_deleted_key_is_free_again(storage: Storage) -> None:
    """After delete, a key takes new content."""
    storage.put(KEY, b"one")
    storage.delete(KEY)

    assert not storage.exists(KEY)
    storage.put(KEY, b"two")
    assert b"two" == storage.get(KEY)


ODD_KEYS = [
    *("", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "A", "a b", "a\\b", "a\0b", ".hidden", "a/.b", "a..b"),
    *("con\n", "a?b", "a#b", "%2e%2e/x", "caf\u00e9", "x" * 201),
]


@pytest.mark.parametrize("key", ODD_KEYS, ids=repr)
def test_keys_lead_nowhere_else(storage: Storage, key: str) -> None:
    """Only short plain keys are taken, by every call."""
    calls: list[Callable[[str], object]] = [storage.get, storage.url, storage.exists, storage.delete]
    calls.append(lambda each: storage.put(each, b""))
    for call in calls:
        with pytest.raises(StorageError, match="is no key"):
            call(key)


@pytest.mark.parametrize("url", ["https://evil.example/x", "file:///etc/passwd", "memory:///../x", ""])
def test_a_url_of_elsewhere_has_no_key(storage: Storage, url: str) -> None:
    """Only URLs below the storage's own lead to keys."""
    with pytest.raises(StorageError):
        storage.key_of(url)


def test_many_writers_of_one_key_agree(tmp_path: Path) -> None:
    """Twenty threads put the same key; one of them wins, nothing is torn, nothing is left beside it."""
    storage = Folder(f"file://{tmp_path}")
    contents = [bytes([number]) * 100_000 for number in range(20)]
    barrier = threading.Barrier(20)

    def put(content: bytes) -> None:
        barrier.wait()
        storage.put(KEY, content)

    threads = [threading.Thread(target=put, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert storage.get(KEY) in contents
    assert ["script.json"] == [file.name for file in (tmp_path / KEY).parent.iterdir()]


def test_a_file_reaches_the_disk_before_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New folders, file, name, folder: a power cut leaves the whole file or none."""
    order: list[str] = []

    def noted(word: str, call: Callable[..., None]) -> Callable[..., None]:
        def note(*arguments: object) -> None:
            order.append(word)
            call(*arguments)

        return note

    monkeypatch.setattr(os, "fsync", noted("sync", os.fsync))
    monkeypatch.setattr(os, "link", noted("name", os.link))
    Folder(f"file://{tmp_path}").put(KEY, b"x")

    assert [*["sync"] * 2, "sync", "name", "sync"] == order


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where writing fails, the error names the key, and neither file nor part is there."""

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(StorageError, match=r"'content/ab12/script\.json' could not be stored .* No space left"):
        Folder(f"file://{tmp_path}").put(KEY, b"x")
    assert [] == [file for file in tmp_path.rglob("*") if file.is_file()]


def test_a_folder_without_links_is_written_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file system refuses hard links, a rename does it."""

    def refuse(_old: Path, _new: Path) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    storage = Folder(f"file://{tmp_path}")
    storage.put(KEY, b"x")

    assert b"x" == storage.get(KEY)


def test_tidying_removes_old_parts_and_nothing_else(storage: Storage, tmp_path: Path) -> None:
    """Objects and parts that somebody may be writing stay; a storage that was never written to is tidy."""
    assert 0 == storage.tidy(0)
    storage.put(KEY, b"whole")
    place = tmp_path / "deep" / "store" / "content"
    place.mkdir(parents=True, exist_ok=True)
    for age in (10, 4_000):
        part = place / f"script.json#{age}.part"
        part.write_bytes(b"torn")
        os.utime(part, (time.time() - age,) * 2)

    assert (1 if isinstance(storage, Folder) else 0) == storage.tidy(3_600)
    assert b"whole" == storage.get(KEY)
    assert (place / "script.json#10.part").exists()


def test_a_part_that_cannot_be_removed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, so that somebody can look after it; one that is gone meanwhile is none."""
    (tmp_path / "a#1.part").touch()

    def fail(error: type[OSError]) -> None:
        def unlink(_part: Path) -> None:
            raise error(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(type(tmp_path), "unlink", unlink)

    fail(FileNotFoundError)
    assert 0 == Folder(f"file://{tmp_path}").tidy(-1)
    fail(PermissionError)
    with pytest.raises(StorageError, match=r"a#1\.part could not be removed"):
        Folder(f"file://{tmp_path}").tidy(-1)


def test_a_key_below_a_file_is_an_error(tmp_path: Path) -> None:
    """A file cannot be a folder as well."""
    storage = Folder(f"file://{tmp_path}")
    storage.put("a", b"x")

    with pytest.raises(StorageError, match="'a/b' could not be stored"):
        storage.put("a/b", b"x")


def test_the_same_url_is_the_same_storage() -> None:
    """Object stores are opened once, so what is in memory:// is still there the next time."""
    open_storage("memory:///here").put(KEY, b"x")

    assert b"x" == open_storage("memory:///here").get(KEY)


def test_a_relative_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """file://./var is below the working directory of the moment it is opened."""
    monkeypatch.chdir(tmp_path)
    url = Folder("file://./var").put("a", b"x")

    assert f"file://{tmp_path}/var/a" == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://host/x", "of no known kind"),
        ("/var/lib", "of no known kind"),
        ("file://host/x", "names no folder"),
        ("https://host/x", "of no known kind"),
        ("s3://", "cannot be opened"),
        ("az://account", "cannot be opened"),
    ],
)
def test_an_unusable_url_says_so_in_one_line(url: str, reason: str) -> None:
    """The error names STORAGE_URL and what is wrong with it."""
    with pytest.raises(StorageError, match=f"STORAGE_URL .*{reason}") as wrong:
        open_storage(url)
    assert "\n" not in str(wrong.value)


def test_clouds_are_opened_by_url() -> None:
    """S3 and Google Cloud URLs give storages whose objects have URLs below them."""
    assert "s3://bucket/prefix/a/b" == open_storage("s3://bucket/prefix").url("a/b")
    assert "gs://bucket/a" == open_storage("gs://bucket").url("a")


def test_a_panic_below_is_an_ordinary_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Rust throws as a panic does not end the worker."""

    class PanicException(BaseException):
        pass

    def panic(*_: object, **__: object) -> None:
        raise PanicException("called `Result::unwrap()` on an `Err` value\nand more")

    monkeypatch.setattr(sys.modules[Objects.__module__], "from_url", panic)

    with pytest.raises(StorageError, match="cannot be opened: called"):
        Objects("s3://bucket")


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_what_is_stored_is_its_owners_alone(tmp_path: Path, umask: int) -> None:
    """Folders are 0700 and files 0600 from the first moment, parts and fetched copies included, whatever the umask."""
    before, seen = os.umask(umask), set[int]()
    try:
        store = Folder(f"file://{tmp_path}/deep/store")
        store.put(KEY, b"script")
        source = tmp_path / "source"
        source.write_bytes(b"film")
        store.put("content/ab12/video.mp4", source)
        store.fetch(KEY, tmp_path / "deep/copy")
    finally:
        os.umask(before)
    for path in (tmp_path / "deep").rglob("*"):
        seen.add(path.stat().st_mode & 0o777 | (0o1000 if path.is_dir() else 0))

    assert {0o1700, 0o600} == seen


@pytest.mark.parametrize("what", ["a link to nowhere", "a folder"])
def test_a_name_that_is_taken_by_no_file_is_an_error(tmp_path: Path, what: str) -> None:
    """Nothing would be found under the key, so nothing is reported as stored."""
    place = tmp_path / KEY
    place.parent.mkdir(parents=True)
    if what == "a folder":
        place.mkdir()
    else:
        place.symlink_to(tmp_path / "nowhere")

    with pytest.raises(StorageError, match="could not be stored"):
        Folder(f"file://{tmp_path}").put(KEY, b"script")
    assert [] == list(tmp_path.rglob("*#*"))
