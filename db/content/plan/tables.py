"""All tables of vividly.md in an order in which each finds what it refers to."""

from __future__ import annotations

from bellwork.db.content.plan.catalogue import CATALOGUE
from bellwork.db.content.plan.office import OFFICE
from bellwork.db.content.plan.people import PEOPLE
from bellwork.db.content.plan.requests import REQUESTS

TABLES = {**PEOPLE, **CATALOGUE, **REQUESTS, **OFFICE}
