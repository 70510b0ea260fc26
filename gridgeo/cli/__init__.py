"""The command line: one file per command group, one table of exit codes."""
