"""The front desk: the command line, the dashboard, the demo and the embedded servers."""
