"""`python -m fluoro` is `fluoro`."""

from fluoro.cli.main import main

main()
