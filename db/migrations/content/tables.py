"""All tables of vividly.md in an order in which each finds what it refers to."""

from __future__ import annotations

from db.migrations.content.catalogue import CATALOGUE
from db.migrations.content.office import OFFICE
from db.migrations.content.people import PEOPLE
from db.migrations.content.requests import REQUESTS

TABLES = {**PEOPLE, **CATALOGUE, **REQUESTS, **OFFICE}
