"""The picture is an SVG that any viewer reads: bars to scale, extremes as lines, two panels in a row."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks import chart
from tests.benchmarks.section import Bar, Chart, Section

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def drawn() -> ET.Element:
    """Three panels, the first one with two bars."""
    bars = [Bar("Bellwork <3", 200, 150, 400, ours=True), Bar("Peer", 50, 50, 50)]
    charts = [Chart("Rate & more", "jobs/s", bars), Chart("Second", "ms", bars, "less"), Chart("Empty", "ms", [])]
    svg = chart.draw(
        [Section("w1", "One", [""], [], charts=charts[:1]), Section("w2", "", [""], [], charts=charts[1:])]
    )
    return ET.fromstring(svg)  # noqa: S314 - we wrote it


def test_bars_are_to_scale(drawn: ET.Element) -> None:
    """The axis begins at 0 and ends at the highest extreme; a bar is as long as its median."""
    room = chart.PANEL - chart.NAMES - chart.FIGURES
    widths = [float(bar.get("width", "")) for bar in drawn.iter(f"{SVG}rect")]
    assert [room / 2, pytest.approx(room / 8, abs=0.1)] == widths[:2]


def test_extremes_are_drawn(drawn: ET.Element) -> None:
    """A line runs from the lowest to the highest figure."""
    line = next(drawn.iter(f"{SVG}line"))
    room = chart.PANEL - chart.NAMES - chart.FIGURES
    assert room * (400 - 150) / 400 == pytest.approx(float(line.get("x2", "")) - float(line.get("x1", "")), abs=0.2)


def test_ours_stands_out(drawn: ET.Element) -> None:
    """Bellwork's bar has a class of its own, the peers' have none."""
    assert ["ours", None] == [bar.get("class") for bar in drawn.iter(f"{SVG}rect")][:2]


def test_it_suits_a_dark_page(drawn: ET.Element) -> None:
    """The colours follow the reader's scheme, and no background is drawn."""
    style = drawn.find(f"{SVG}style")
    assert style is not None
    assert "prefers-color-scheme: dark" in (style.text or "")


def test_two_panels_stand_in_a_row(drawn: ET.Element) -> None:
    """The third one begins below the higher of the first two."""
    places = [group.get("transform", "")[10:-1].split() for group in drawn.iter(f"{SVG}g")]
    assert places[0][1] == places[1][1]
    assert int(places[0][1]) + chart.HEAD + 2 * chart.STEP <= int(places[2][1])


@pytest.mark.parametrize(("value", "figure"), [(12345.6, "12,346"), (99.94, "99.9"), (1.234, "1.23"), (0.5, "0.50")])
def test_a_figure_has_three_digits(value: float, figure: str) -> None:
    """Nobody reads a fourth."""
    assert figure == chart._figure(value)
