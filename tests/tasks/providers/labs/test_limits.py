"""A template's resource_limits, in Kubernetes' quantities."""

from __future__ import annotations

from typing import Any

import pytest

from bellwork.tasks.providers.labs import LabRefused, Limits
from bellwork.tasks.providers.labs.files import packed


def test_the_platforms_default_is_read() -> None:
    """The document's own default is ours, too."""
    assert Limits() == Limits.of({"cpu": "0.5", "memory": "512Mi", "storage": "1Gi"}) == Limits.of({})
    assert Limits(cpu=0.25, memory=10**9, storage=2**20, pids=64) == Limits.of(
        {"cpu": "250m", "memory": "1G", "storage": "1024Ki", "pids": 64}
    )


@pytest.mark.parametrize(
    "given",
    [
        *([], "0.5", {"gpu": 1}, {"cpu": "-1"}, {"cpu": "much"}, {"cpu": None}, {"memory": "512MiB"}, {"pids": True}),
        *(
            {"memory": "1Ki"},
            {"memory": "999999Gi"},
            {"cpu": "0"},
            {"storage": "9" * 400},
            {"cpu": "NaN"},
            {"cpu": [1]},
        ),
    ],
)
def test_what_is_no_limit_is_refused(given: Any) -> None:
    """By ValueError, in words, whatever it is."""
    with pytest.raises(ValueError, match="resource_limits"):
        Limits.of(given)


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../b", "", "a//b", "./a", "a\0", "x" * 201])
def test_a_starter_file_cannot_be_named_out_of_the_home(path: str) -> None:
    """Names are relative and have no dots in them that lead anywhere."""
    with pytest.raises(LabRefused, match="starter file"):
        packed({path: "x"})
