"""The partitions of each declared table: what stands, what leaves when, what is archived where, and who holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db import partitions as registry
from bellwork.db.outdated import through_migrations
from bellwork.db.systems import partitioned
from bellwork.ops.look import partitions as of_partitions
from bellwork.ops.web.asked import ledger
from bellwork.ops.web.look import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import HTMLResponse


@through_migrations
def partitions(request: Request) -> HTMLResponse:
    """Show each table: its rule, how far ahead it reaches, and its partitions."""
    tables = []
    with ledger() as conn:
        for table in partitioned():
            catalog = registry.catalog_partitions(conn, table)
            ahead = registry.horizon(conn, table, catalog)
            rows = [
                {
                    **of_partitions.as_data(row),
                    "id": f"{table.system}.{row.name}",
                    "remark": of_partitions.remark(row),
                }
                for row in registry.expected(conn, table, catalog)
            ]
            said = {"rule": of_partitions.rule(table), "reach": of_partitions.reach(table, ahead)}
            tables.append({"name": table.name, **said, "short": ahead is not None and ahead < 1, "rows": rows})
    return page(request, "partitions.html", title="Partitions", tables=tables)
