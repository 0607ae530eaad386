"""Measures Bellwork beside stock Dramatiq and writes README.md; prints, and never asserts a speed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks import bulk, drain, latency, measure
from tests.benchmarks.arena import open_arena
from tests.benchmarks.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.arena import Arena

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    """Both servers, durable."""
    with open_arena() as opened:
        yield opened


@pytest.fixture(scope="module")
def report() -> Iterator[Report]:
    """Where every measurement puts its table; written down when all are there."""
    gathering = Report()
    yield gathering
    gathering.write(Path(__file__).with_name("README.md"))


def test_pipeline(arena: Arena, report: Report) -> None:
    """Six stages advance every row to its end, on either lane and on stock Dramatiq."""
    rounds = measure.interleaved(
        {
            "stock Dramatiq": lambda: drain.pipeline_stock(arena, 400),
            "Bellwork, long lane": lambda: drain.pipeline_ours(arena, arena.ours.long_stage, 200),
            "Bellwork, short lane": lambda: drain.pipeline_ours(arena, arena.ours.short_stage, 1000),
        }
    )
    report.drains("pipeline", rounds)


def test_nothing(arena: Arena, report: Report) -> None:
    """Jobs that do nothing all finish."""
    rounds = measure.interleaved(
        {
            "stock Dramatiq": lambda: drain.nothing_stock(arena, 3000),
            "Bellwork, long lane": lambda: drain.nothing_ours(arena, arena.ours.nothing, 2000),
            "Bellwork, short lane": lambda: drain.nothing_ours(arena, arena.ours.nothing_short, 4500),
        }
    )
    report.drains("nothing", rounds)


def test_latency(arena: Arena, report: Report) -> None:
    """Every job is picked up, after idleness and at a steady rate."""
    rounds = measure.interleaved(
        {"stock Dramatiq": lambda: latency.stock(arena), "Bellwork, long lane": lambda: latency.ours(arena)}
    )
    report.latencies(rounds)


def test_bulk(arena: Arena, report: Report) -> None:
    """Ten thousand jobs are enqueued, whichever way."""
    rounds = measure.interleaved(
        {
            "stock Dramatiq, loop of sends": lambda: bulk.stock_loop(arena, 10_000),
            "Bellwork, one transaction": lambda: bulk.one_transaction(arena, 10_000),
            "Bellwork, SQL enqueue_many": lambda: bulk.enqueue_many(arena, 10_000),
        }
    )
    report.bulks(rounds)
