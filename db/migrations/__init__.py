"""The way from an empty database, or a team's own, to the tables of this release; `db.migrate` walks it."""
