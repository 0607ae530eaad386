"""Writes metrics as text, in the format that Prometheus reads (version 0.0.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: What the answer is said to be.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple["Mapping[str, str]", float]


def metric(name: str, kind: str, help_: str, samples: Iterable[Sample]) -> list[str]:
    """Return a metric's lines: what it is, its type, and a line for each set of labels."""
    head = [f"# HELP {name} {_escaped(help_)}", f"# TYPE {name} {kind}"]
    return [*head, *(f"{name}{_labels(labels)} {_number(value)}" for labels, value in samples)]


def histogram(
    name: str,
    help_: str,
    bounds: Sequence[float],
    samples: Iterable[tuple[Mapping[str, str], Sequence[int], float]],
) -> list[str]:
    """Return a histogram's lines from labels, counts by bucket (one more than there are bounds) and the sum."""
    lines = [f"# HELP {name} {_escaped(help_)}", f"# TYPE {name} histogram"]
    for labels, counts, total in samples:
        so_far = 0
        for bound, count in zip([*map(_number, bounds), "+Inf"], counts, strict=True):
            so_far += count
            lines.append(f"{name}_bucket{_labels({**labels, 'le': bound})} {so_far}")
        lines += [f"{name}_sum{_labels(labels)} {_number(total)}", f"{name}_count{_labels(labels)} {so_far}"]
    return lines


def _labels(labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{name}="{_quoted(value)}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""


def _quoted(value: str) -> str:
    return _escaped(value).replace('"', '\\"')


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
