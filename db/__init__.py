"""The ground floor: settings, connections, tables and every line of SQL."""
