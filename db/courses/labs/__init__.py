"""Sessions in labs: who may have one and for how long, how each moves, and which containers are there for them.

quota    what a plan allows       begin   pending to provisioning to running     changes  extended, reset, judged, ended
order    what a lab is made of    sweep   what is over, late, to be warned of    hosts    containers, by their hosts

Every move is a compare-and-set of `status` by LAB_SESSION_MACHINE. A container's row is written before it is asked for,
and what ends a session marks its containers as releasing in the same commit.
"""

from __future__ import annotations

from bellwork.db.courses.labs.begin import (
    Begun,
    Failed,
    Refused,
    ToRelease,
    begin,
    container_id,
    fail,
    publish,
    started,
)
from bellwork.db.courses.labs.changes import (
    Ended,
    Extended,
    Passed,
    end,
    extend,
    is_resetting,
    judged,
    reset,
    reset_done,
)
from bellwork.db.courses.labs.hosts import (
    Container,
    ended_session,
    hosts,
    let_go,
    read_containers,
    set_gone,
    unwanted,
)
from bellwork.db.courses.labs.order import Order, Where, Written, course_labs, home_of, read_criteria, read_order, where
from bellwork.db.courses.labs.sweep import Ending, Late, expire, fail_stuck, overdue_releases, unwarned

__all__ = [
    "Begun",
    "Container",
    "Ended",
    "Ending",
    "Extended",
    "Failed",
    "Late",
    "Order",
    "Passed",
    "Refused",
    "ToRelease",
    "Where",
    "Written",
    "begin",
    "container_id",
    "course_labs",
    "end",
    "ended_session",
    "expire",
    "extend",
    "fail",
    "fail_stuck",
    "home_of",
    "hosts",
    "is_resetting",
    "judged",
    "let_go",
    "overdue_releases",
    "publish",
    "read_containers",
    "read_criteria",
    "read_order",
    "reset",
    "reset_done",
    "set_gone",
    "started",
    "unwanted",
    "unwarned",
    "where",
]
