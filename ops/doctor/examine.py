"""All checks, in the order in which one thing needs the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.ops.doctor.deep import check_invariants
from bellwork.ops.doctor.films import check_films
from bellwork.ops.doctor.inside import check_ledger
from bellwork.ops.doctor.labs import check_labs
from bellwork.ops.doctor.mail import check_mail
from bellwork.ops.doctor.outside import (
    check_callers,
    check_clock,
    check_limits,
    check_postgres,
    check_redis,
    check_schema,
    check_sessions,
    check_settings,
    check_storage,
)
from bellwork.ops.doctor.private import check_failpoints, check_files, check_keys

if TYPE_CHECKING:
    from bellwork.ops.doctor.finding import Finding


def examine(*, deep: bool = False) -> list[Finding]:
    """Check everything that can be checked; what needs something that failed is left out.

    With `deep`, all jobs, finished ones too, are held against the invariants: minutes where there are millions.
    Never raises for anything that is wrong outside of this program.
    """
    findings = [check_settings()]
    if _failed(findings[0]):
        return findings
    postgres, redis = check_postgres(), check_redis()
    findings += [postgres, redis, *([] if _failed(redis) else check_limits())]
    findings += [check_storage(), *check_mail(), check_labs(), check_films(), check_files(), check_keys()]
    findings += [check_failpoints()]
    if _failed(postgres):
        return findings
    findings += [check_clock(), check_sessions(), check_callers(), check_schema()]
    if _failed(findings[-1]):
        return findings
    return findings + check_ledger() + (check_invariants() if deep else [])


def _failed(finding: Finding) -> bool:
    return finding.kind == "fail"
