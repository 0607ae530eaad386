"""What `bellwork status` says first, and the dashboard's first page."""

from __future__ import annotations

import html
import re

from starlette.testclient import TestClient

from bellwork.ops.web import dashboard
from tests.ops.desk import ask

_MARK = re.compile(r"<h1><span[^>]*>.*?</span>(.*?)</h1>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def first_lines() -> tuple[str, str]:
    """Return what the command says first, and the page."""
    with TestClient(dashboard(["here"]), "http://here", raise_server_exceptions=False) as browser:
        page = browser.get("/").text
    head = _MARK.search(page)
    assert head, page
    return ask("status").out.splitlines()[0], " ".join(html.unescape(_TAG.sub("", head[1])).split())
