"""A caller's own connection, whatever driver it is of: enqueue in its transaction, and ask what became of a job.

job          what a caller says and is told       asked       checked as a send is, before PostgreSQL is asked
statements   what each style of parameters reads  drivers     which connection is asked how
refusals     errors in words
"""

from bellwork.db.callers.asked import Asked, asked, document, documents, named
from bellwork.db.callers.drivers import fetch, fetch_async
from bellwork.db.callers.job import Enqueued, Eta, Job, NewJob
from bellwork.db.callers.refusals import told

__all__ = [
    "Asked",
    "Enqueued",
    "Eta",
    "Job",
    "NewJob",
    "asked",
    "document",
    "documents",
    "fetch",
    "fetch_async",
    "named",
    "told",
]
