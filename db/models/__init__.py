"""The tables with their enums and legal moves, one module for each system; db.schema loads them all."""
