"""What every lab has around its learner, whatever makes it: a home, variables, a script that runs first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bellwork.tasks.providers.labs.protocol import LabRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bellwork.tasks.providers.labs.protocol import LabOrder

HOME = "/home/learner"
#: Where what is run for us is looked for: nowhere in a home, whose programs are its learner's.
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
#: Bytes of a lab's /tmp and of its /dev/shm.
SCRATCH, SHARED = 64 * 2**20, 16 * 2**20
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_LONGEST, _LONGEST_VALUE = 100_000, 10_000


def environment(order: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a learner's shell; raises LabRefused for names that no shell takes."""
    for name, value in order.items():
        if not _VARIABLE.fullmatch(name) or "\0" in value or len(value) > _LONGEST_VALUE:
            raise LabRefused(
                f"environment_vars.{name[:40]} cannot be set: names are letters, digits and _, values texts"
            )
    return {
        **order,
        "HOME": HOME,
        "USER": "learner",
        "LANG": "C.UTF-8",
        "PATH": f"{HOME}/.local/bin:{SYSTEM_PATH}",
        "TERM": "xterm-256color",
    }


def setup_of(order: LabOrder) -> str:
    """Return the setup script of a lab; raises LabRefused for one that cannot be given to a shell."""
    if len(order.setup.encode("utf-8", "replace")) > _LONGEST or "\0" in order.setup:
        raise LabRefused(f"the setup script of a lab is a text of up to {_LONGEST} bytes")
    return order.setup
