"""The JSON API for callers that are no Python and have no PostgreSQL: enqueue, look up, cancel, ask when it is done.

models     what is said and answered, checked        problems   what is refused, by RFC 9457
jobs       what each address does                    callers    whose token it is, and how many requests it has left
document   the OpenAPI document                      app        which address does what
"""

from bellwork.ops.web.api.app import api

__all__ = ["api"]
