"""Labs on this very host: processes under bubblewrap, each lab a user of its own with no network and a small home.

place       the folder of a host's labs, ids of users, locks     groups     control groups, version 1 and 2
sandbox     the command line that makes a lab                    container  one lab: its folder, its pid 1, its end
inside      a program that enters a lab                          commands   runs programs beside labs
terminal    a shell on a terminal of the lab's own               adapter    all of it as protocol.Labs
"""

from __future__ import annotations

from bellwork.tasks.providers.labs.bubblewrap.adapter import Bubblewrap
from bellwork.tasks.providers.labs.bubblewrap.groups import find_groups

__all__ = ["Bubblewrap", "find_groups"]
