"""What Bellwork is told of the content system."""

from __future__ import annotations

from bellwork.db.content.effects.functions import CALLED
from bellwork.db.content.figures.plan import VIEWS
from bellwork.db.content.pipelines import CLASS_LISTS, REQUESTS
from bellwork.db.content.rules import KEPT, PARTITIONED, RULES
from bellwork.db.vocabulary import System

SYSTEM = System(
    "content",
    tables="bellwork.db.content.tables",
    versions="bellwork.db.content.versions",
    partitioned=PARTITIONED,
    rules=RULES,
    kept=KEPT,
    functions=(
        *("hand_in_class_list", "cancel_class_list", "undo_class_list"),
        *("make_invitation", "redeem_invitation"),
        *CALLED,
    ),
    views=tuple(VIEWS),
    pipelines=(REQUESTS, CLASS_LISTS),
    work="bellwork.tasks.content",
    entries="bellwork.tasks.content.entries",
    figures="bellwork.db.content.figures.read",
    concerns="bellwork.db.content.concerns",
    departures="bellwork.tasks.content.departures",
    lists="bellwork.tasks.content.lists.desk",
    scenes="bellwork.tasks.content.scenes",
    letters="bellwork.tasks.content.letters",
    erase="bellwork.db.content.erase",
)
