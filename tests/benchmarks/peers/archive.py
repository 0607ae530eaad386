"""pandas writes a table as Parquet: whole, as it is usually done, or in chunks, as it has to be done where it is large.

`python -m tests.benchmarks.peers.archive whole|chunks TABLE FILE` says {"rows", "bytes", "seconds", "peak"}.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import create_engine

from tests.benchmarks.footprint import peak

if TYPE_CHECKING:
    from collections.abc import Callable

_CHUNK = 100_000
# What Arrow has no type for is text for everybody.
_ROWS = """
SELECT id, user_id, CAST(user_role AS text) AS user_role, action, resource_type, resource_id,
       CAST(ip_address AS text) AS ip_address, user_agent, CAST(metadata AS text) AS metadata, created_at
FROM {table} ORDER BY id
"""


def whole(conn: Any, statement: str, file: Path) -> int:
    """Read all rows, then write them."""
    frame = pd.read_sql(statement, conn)
    frame.to_parquet(file, compression="zstd", index=False)
    return len(frame)


def chunks(conn: Any, statement: str, file: Path) -> int:
    """Read and write chunk by chunk, by way of a cursor on the server."""
    rows, writer = 0, None
    for frame in pd.read_sql(statement, conn.execution_options(stream_results=True), chunksize=_CHUNK):
        table = pa.Table.from_pandas(frame, schema=writer.schema if writer else None, preserve_index=False)
        writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd")
        writer.write_table(table)
        rows += len(frame)
    if writer:
        writer.close()
    return rows


def main(way: str, table: str, path: str) -> dict[str, float]:
    """Write the table one way, to the disk."""
    write: Callable[[Any, str, Path], int] = {"whole": whole, "chunks": chunks}[way]
    engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:", 1))
    file = Path(path)
    with engine.connect() as conn:
        began = time.monotonic()
        rows = write(conn, _ROWS.format(table=table), file)
        descriptor = os.open(file, os.O_RDONLY)
        os.fsync(descriptor)
        seconds = time.monotonic() - began
    os.close(descriptor)
    return {"rows": rows, "bytes": file.stat().st_size, "seconds": seconds, "peak": peak()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])) + "\n")
