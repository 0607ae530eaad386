"""`bellwork demo`: six students ask, real films come out, on embedded servers, with nothing but Python.

cases   who asks what, and how it must end        stage    servers, samples, processes, a voice that fails
voice   a speech service that fails on purpose    play     submits, answers, waits
seen    a request as it stands                    checks   did it end as it should?
view    live progress                             report   the table, or JSON
"""

from __future__ import annotations

from bellwork.ops.demo.run import run

__all__ = ["run"]
