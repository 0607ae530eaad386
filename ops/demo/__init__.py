"""`bellwork demo`: the scenes of all systems, side by side on embedded servers, with nothing but Python.

run      from nothing to nothing left: all but this is loaded while the servers start        surroundings  its settings
show     what happens in between
scenes   which there are        stage    servers, settings, processes      play    begins them, and goes on to the end
mailbox  takes letters          voice    speaks, and fails where asked     place   what a scene finds around it
totals   all jobs and ticks     report   the table, or JSON                page    the same for a browser
view     live progress          folder   where page and films lie
"""

from __future__ import annotations

from bellwork.ops.demo.run import run

__all__ = ["run"]
