"""The way from an empty database, or a team's own, to the tables of this release; `bellwork.db.migrate` walks it."""
