"""A loan in two stages, and what comes back by itself."""
