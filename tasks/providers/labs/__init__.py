"""Labs: a small computer for each learner, made, judged and ended by whoever hosts it.

protocol  Labs, what it is asked for and what it answers     criteria  the grammar of success_criteria
limits    a template's resource_limits                       judging   what a lab is worth by its criteria
files     starter files as a tar                             bubblewrap/  labs on this very host
"""

from __future__ import annotations

from bellwork.tasks.providers.labs.choose import open_labs
from bellwork.tasks.providers.labs.criteria import Criteria, CriteriaError, check_criteria, parse_criteria
from bellwork.tasks.providers.labs.judging import Verdict, differs
from bellwork.tasks.providers.labs.limits import Limits
from bellwork.tasks.providers.labs.protocol import Held, LabError, LabGone, LabOrder, LabRefused, Labs, Run, Shell

__all__ = [
    "Criteria",
    "CriteriaError",
    "Held",
    "LabError",
    "LabGone",
    "LabOrder",
    "LabRefused",
    "Labs",
    "Limits",
    "Run",
    "Shell",
    "Verdict",
    "check_criteria",
    "differs",
    "open_labs",
    "parse_criteria",
]
