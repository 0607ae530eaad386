"""THE table of what the nemesis may do: add a line, and it will be done.

processes   kill, freeze, stop politely          servers     PostgreSQL and Valkey go, and come back
network     cut, slow, black, mute, no mail       inside      orders to failpoints in the real code
operators   pause, cancel, lose jobs              calendar    ticks of the past, rotation, retention, pauses, held keys
tables      a type changes, a partition is gone
"""

from __future__ import annotations

from tests.soak.blows.blow import Blow, Draw
from tests.soak.blows.calendar import hold_key, owe_ticks, pause_entry, start_retention, start_rotation
from tests.soak.blows.inside import order_failpoint, order_slow_failpoint
from tests.soak.blows.network import refuse_sender, trouble_postgres, trouble_redis
from tests.soak.blows.operators import cancel_some, lose_jobs, pause_queue
from tests.soak.blows.processes import (
    freeze_master,
    freeze_scheduler,
    freeze_worker,
    kill_group,
    kill_master,
    kill_producer,
    kill_scheduler,
    kill_sibling,
    kill_worker,
    stop_master,
    stop_scheduler,
)
from tests.soak.blows.servers import empty_redis, restart_postgres, stop_redis, terminate_sessions
from tests.soak.blows.tables import lose_todays_partition, migrate_under_load

#: What, and how often beside the others.
BLOWS: dict[Draw, int] = {
    kill_worker: 4,
    kill_master: 2,
    kill_sibling: 2,
    kill_scheduler: 2,
    kill_producer: 2,
    freeze_worker: 4,
    freeze_master: 1,
    freeze_scheduler: 1,
    stop_master: 3,
    stop_scheduler: 1,
    restart_postgres: 3,
    terminate_sessions: 3,
    empty_redis: 2,
    stop_redis: 2,
    trouble_postgres: 8,
    trouble_redis: 4,
    order_failpoint: 12,
    order_slow_failpoint: 5,
    owe_ticks: 4,
    start_rotation: 3,
    start_retention: 3,
    pause_entry: 1,
    pause_queue: 2,
    cancel_some: 4,
    lose_jobs: 3,
    kill_group: 4,
    hold_key: 3,
    migrate_under_load: 2,
    lose_todays_partition: 2,
    refuse_sender: 3,
}

__all__ = ["BLOWS", "Blow", "Draw"]
