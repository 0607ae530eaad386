"""What tests of videos share: films that are made once, and a course whose video is uploaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bellwork.db.engine import forget
from tests.tasks.courses.videos.films import Order, make, steady_times
from tests.tasks.courses.videos.uploads import Uploaded, upload_film

CAPTIONS = (
    (0.5, 3.0, "Every push has a partner that pushes back."),
    (3.5, 8.0, "A rocket pushes gas, <and> gas pushes it."),
)


#: Uploads a film as the video of a new course.
Upload = Callable[[Path], Uploaded]


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of 72 lines with a tone and captions: three parts of four seconds."""
    order = Order(steady_times(10, 10), tone=(1.0, 10.0), captions=CAPTIONS)
    return make(tmp_path_factory.mktemp("films") / "spoken.mp4", order)


@pytest.fixture(scope="session")
def tall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds without sound, 720 lines and few columns: two rungs of three parts."""
    return make(tmp_path_factory.mktemp("films") / "tall.mp4", Order(steady_times(10, 2), 1440, 720))


@pytest.fixture
def upload(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Upload:
    """Upload a film as the video of a course; the storage is the test's own folder."""
    del database
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}/storage")
    forget()

    return upload_film
