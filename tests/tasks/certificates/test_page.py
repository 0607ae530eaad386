"""A certificate's page: the same bytes each time, whatever people are called, an error where a letter is lacking."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from bellwork.db.settings import settings
from bellwork.tasks.certificates import CertificateError, Facts, Unprintable, legible, print_page
from tests.tasks.certificates.conftest import facts

#: What is printed of it depends on the versions in constraints.txt alone; a new one is looked at, and written here.
GOLDEN = "da0cec0cc7cea2ea293d91b6e9eaf2a15d223aa3ebbe95bc7b2a3cd2ca451750"
HOSTILE = (
    "محمد علي الطويل",
    "יעל כהן",
    "नमस्ते शर्मा",
    "สมชาย ใจดี",
    "ქეთევან",
    "Ξένια Παπαδοπούλου",
    "Zoë O'Brien-Łukasz",
    '*Ann* #eval("1+1") $x$ <b>&amp;</b> \\ @x `y` = //',
    "A" * 100 + " " + "W" * 100,
    "Ann " * 50,
)


def _read(page: bytes) -> tuple[str, list[str]]:
    """Return the words of a page, and what its QR codes say."""
    document: Any = pypdfium2.PdfDocument(page)
    try:
        assert 1 == len(document)
        words = document[0].get_textpage().get_text_bounded().replace("\r\n", "\n")
        codes = [each.text for each in zxingcpp.read_barcodes(document[0].render(scale=2).to_pil())]
    finally:
        document.close()
    return words, codes


def test_a_page_says_who_did_what_when_and_where_that_is_verified() -> None:
    """Name, course, issuer, day, number and address as text; the QR code has the address."""
    words, codes = _read(print_page(facts()))

    for said in ("Ada Moss", "Programming with Python", "LearnCraft", "Issued on 1 March 2026", "LC-2026-000001"):
        assert said in words
    assert ["https://learn.example/verify/LC-2026-000001"] == codes


def test_a_page_is_the_same_bytes_each_time_in_each_process_and_thread() -> None:
    """Now, in eight threads, and as it was when this test was written."""
    first = print_page(facts())
    with ThreadPoolExecutor(8) as threads:
        pages = set(threads.map(lambda _: print_page(facts()), range(16)))

    assert {first} == pages
    assert GOLDEN == hashlib.sha256(first).hexdigest()


def test_a_page_is_a_tagged_archive_document() -> None:
    """It declares PDF/A-2b, its title and language, and has a structure with the QR code's text."""
    page = print_page(facts())

    assert re.search(rb"<pdfaid:part>2</pdfaid:part>\s*<pdfaid:conformance>B", page)
    assert b"/MarkInfo" in page
    assert b"/StructTreeRoot" in page
    assert b"/Lang" in page


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_all_kinds_are_written_as_they_are(name: str) -> None:
    """Right to left, with marks, full of markup, without end: one page, and the name on it, once."""
    words, codes = _read(print_page(facts(holder=name, course="T" * 255)))

    squeezed = re.sub(r"\s|\u200b|\ufffe|\u00ad", "", words)
    assert re.sub(r"\s", "", legible(name)) in squeezed or unicodedata.bidirectional(name[0]) in {"R", "AL"}
    assert 1 == len(codes)


def test_a_name_that_no_font_can_write_is_an_error_that_names_its_letters() -> None:
    """Only those that are lacking, each once, with their code points, and what to do."""
    with pytest.raises(Unprintable, match=r"李 \(U\+674E\), 明 \(U\+660E\); put a font.*CERTIFICATES_FONTS") as refused:
        print_page(facts(holder="Ada 李明李"))

    assert ("李", "明") == refused.value.letters


def test_a_font_in_the_folder_writes_what_others_cannot(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Noto's symbols have an alchemical sign that FiraGO lacks; a font of the system is never found."""
    import pymupdf_fonts  # noqa: PLC0415 - for its symbols alone

    with pytest.raises(Unprintable):
        print_page(facts(holder="Ada \N{ALCHEMICAL SYMBOL FOR GOLD}"))
    folder = tmp_path_factory.mktemp("fonts")
    (folder / "symbols.ttf").write_bytes(pymupdf_fonts.fontbuffers["symbol1"]())
    monkeypatch.setenv("CERTIFICATES_FONTS", str(folder))
    settings.cache_clear()

    assert print_page(facts(holder="Ada \N{ALCHEMICAL SYMBOL FOR GOLD}"))


@pytest.mark.parametrize(("holder", "course"), [("\u202e\u200b ", "Python"), ("Ada", "\ufeff")])
def test_nothing_to_read_is_no_name_and_no_title(holder: str, course: str) -> None:
    """What is made of invisible characters alone is refused."""
    with pytest.raises(CertificateError, match="that can be read"):
        print_page(facts(holder=holder, course=course))


def test_what_cannot_be_seen_is_not_printed() -> None:
    """Direction overrides, zero-width characters and tags leave; the page is that of the name without them."""
    disguised = "\u202eAda\u200b\u2066 Mo\U000e0041ss\ufeff"

    assert print_page(facts()) == print_page(facts(holder=disguised))


@given(st.text(max_size=60))
def test_legible_twice_is_legible_once(text: str) -> None:
    """It is idempotent, on one line, in NFC, and has nothing that cannot be seen but joiners."""
    once = legible(text)

    assert once == legible(once)
    assert once == unicodedata.normalize("NFC", once)
    assert "\n" not in once
    assert not any(unicodedata.category(each) in {"Cc", "Cs", "Co", "Cn"} for each in once)
    assert all(each in "\u200c\u200d" for each in once if unicodedata.category(each) == "Cf")


def test_joiners_stay_where_they_shape_a_word() -> None:
    """The non-joiner of Persian, the joiner after a virama; neither between Latin letters."""
    persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert persian == legible(persian)
    assert "क्\u200dष" == legible("क्\u200dष")
    assert "Ann" == legible("A\u200dn\u200cn")


def test_without_an_address_there_is_neither_code_nor_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number stands there all the same."""
    monkeypatch.delenv("CERTIFICATES_URL")
    settings.cache_clear()
    words, codes = _read(print_page(facts()))

    assert "LC-2026-000001" in words
    assert "http" not in words
    assert [] == codes


def test_to_know_of_certificates_loads_none_of_the_extra() -> None:
    """A worker that prints none pays nothing, and starts without the packages."""
    heavy = ("typst", "openbadgeslib", "zxingcpp", "pymupdf_fonts", "pyld")
    program = f"import sys, bellwork.tasks.certificates; print([each for each in {heavy} if each in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert "[]" == said.stdout.strip()


def test_facts_have_their_day_in_utc() -> None:
    """23:59 UTC on the first is the first, wherever this runs."""
    found: Facts = facts()

    assert "1 March 2026" == found.date
