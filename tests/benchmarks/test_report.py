"""The report holds every figure: a table for each section, the ratios beside stock Dramatiq's, and the same as data."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks import comparison, pick_up, report
from tests.benchmarks.__main__ import _keys
from tests.benchmarks.circumstances import Circumstances
from tests.benchmarks.drain import Drained
from tests.benchmarks.kept import Kept, keep

if TYPE_CHECKING:
    from pathlib import Path

FACTS = Circumstances("now", "2 cores", [0.5, 1.5], "3.11", {"PostgreSQL": "18"}, {"psycopg": "3"}, {"huey": "3"}, 3)
RUNS = {
    "Bellwork, short lane": [Drained(1000, 100, 50, 0), Drained(500, 100, 50, 0)],
    "Dramatiq": [Drained(100, 200, 50, 50), Drained(50, 200, 50, 50)],
}


def test_ratios_are_beside_dramatiq() -> None:
    """Whoever runs ten times as many jobs for half of the CPU reads so."""
    ours, stock = comparison.section("w2", RUNS).rows
    assert ["Bellwork, short lane", "750 (500-1,000)", "10.00x (10.00-10.00)"] == ours[:3]
    assert ["150 (150-150)", "0.50x (0.50-0.50)"] == ours[3:5]
    assert "1.00x (1.00-1.00)" == stock[2] == stock[4]


def test_only_bellwork_stands_out_in_the_chart() -> None:
    """Bars keep the order of the table."""
    rates, cpus = comparison.section("w2", RUNS).charts
    assert [True, False] == [bar.ours for bar in rates.bars]
    assert "less" == cpus.better


def test_waiting_is_told_round_by_round() -> None:
    """A percentile is taken in each round; the idle probes are one figure each."""
    section = pick_up.section({"Dramatiq": [[1, 2, 3], [4, 5, 6]]}, {"Dramatiq": [250, 750]})
    assert [["Dramatiq", "3.5 (2.0-5.0)", "4.5 (3.0-6.0)", "4.5 (3.0-6.0)", "500.0 (250.0-750.0)"]] == section.rows


def test_a_table_has_a_cell_for_every_column() -> None:
    """Markdown wants as many in the head, in the rule and in every row."""
    lines = [line for line in report.table(comparison.section("w3", RUNS)).splitlines() if line.startswith("|")]
    assert 1 == len({line.count(" | ") for line in lines})
    assert 4 == len(lines)


def test_the_document_shows_the_chart_and_says_how_it_was_measured() -> None:
    """Machine, load and versions belong to the figures."""
    text = report.document([Kept(comparison.section("w1", RUNS), FACTS)])
    for part in ("](chart.svg)", "2 cores", "load average 0.5", "huey 3", "## Jobs that do nothing"):
        assert part in text


def test_data_is_not_rounded() -> None:
    """Every round of every contestant is there, under the key of the measurement."""
    section = comparison.section("w1", {"Dramatiq": [Drained(1 / 3, 1, 2, 3)]})
    data = json.loads(report.as_json([Kept(section, FACTS)]))
    assert 1 / 3 == data["measurements"]["w1"]["values"]["Dramatiq"][0]["rate"]
    assert 6 == data["measurements"]["w1"]["values"]["Dramatiq"][0]["cpu"]


def test_what_is_measured_again_leaves_the_rest_as_it_was(tmp_path: Path) -> None:
    """Each table has circumstances of its own, and versions of its own where they are not the newest."""
    path, order = tmp_path / "figures.json", ("w1", "w2")
    older = replace(FACTS, when="2026-01-01", python="3.10")
    newer = replace(FACTS, when="2026-02-02", load=[7.5, 1.5])
    keep(path, Kept(comparison.section("w2", RUNS), older), order)
    keep(path, Kept(comparison.section("w1", RUNS), older), order)
    kept = keep(path, Kept(comparison.section("w1", {"Dramatiq": RUNS["Dramatiq"]}), newer), order)
    text = report.document(kept)

    assert [("w1", 1), ("w2", 2)] == [(each.section.key, len(each.section.rows)) for each in kept]
    assert "Measured 2026-02-02, load average 7.5 before, 1.5 after, 3 rounds." in text
    assert "Measured 2026-01-01, load average 0.5 before, 1.5 after, 3 rounds, on 2 cores. Python 3.10" in text


def test_a_peer_that_came_later_says_nothing_of_what_was_measured_before() -> None:
    """Earlier tables do not repeat their versions for it; another version of a peer that was there, they do."""
    more, other = ({"huey": version, "duckdb": "2"} for version in ("3", "4"))

    assert FACTS.stands_on(replace(FACTS, when="later", peers=more))
    assert not FACTS.stands_on(replace(FACTS, peers=other))
    assert not replace(FACTS, peers=more).stands_on(FACTS)


def test_an_unknown_measurement_is_refused() -> None:
    """The message says which there are."""
    assert frozenset({"w1", "w3"}) == _keys("w1,w3")
    with pytest.raises(argparse.ArgumentTypeError, match="w99"):
        _keys("w1,w99")
