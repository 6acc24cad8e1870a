"""The command line: `fluoro ...`."""
