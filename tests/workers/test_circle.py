"""No file of the engine imports, not even for its types, a file that imports it: each can be read after those below."""

from __future__ import annotations

from graphlib import TopologicalSorter

from grimp import build_graph


def test_the_files_of_the_engine_import_in_one_direction() -> None:
    """Imports for annotations count: what a file takes is a protocol of a file below it (`engine`, `attempt`)."""
    graph = build_graph("workers", cache_dir=None, exclude_type_checking_imports=False)
    files = graph.modules - {"workers"}
    order = TopologicalSorter({each: graph.find_modules_directly_imported_by(each) & files for each in files})

    # Where there is a circle, CycleError names the files on it.
    assert files == set(order.static_order())
