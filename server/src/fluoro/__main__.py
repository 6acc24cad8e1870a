"""`python -m fluoro`."""

from fluoro.cli.main import main

main(prog_name="fluoro")
