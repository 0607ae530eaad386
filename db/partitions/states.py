"""Where a partition is on its way out, and where it may go from there."""

from __future__ import annotations

from enum import StrEnum

from bellwork.db.machine import Machine


class PartitionState(StrEnum):
    """Where a partition is on its way out."""

    ATTACHED = "attached"
    DETACHING = "detaching"
    DETACHED = "detached"
    EXPORTED = "exported"
    VERIFIED = "verified"
    DROPPED = "dropped"


_S = PartitionState
#: An archive that does not pass its examination sends its partition back to be exported again; a dropped one comes
#: back from its archive, and a detached one may be attached again.
MOVES: Machine[PartitionState] = Machine(
    "bellwork.partitions",
    {
        _S.ATTACHED: frozenset({_S.DETACHING}),
        _S.DETACHING: frozenset({_S.DETACHED, _S.ATTACHED}),
        _S.DETACHED: frozenset({_S.EXPORTED, _S.DROPPED, _S.ATTACHED}),
        _S.EXPORTED: frozenset({_S.VERIFIED, _S.DETACHED}),
        _S.VERIFIED: frozenset({_S.DROPPED, _S.DETACHED}),
        _S.DROPPED: frozenset({_S.DETACHED}),
    },
)
