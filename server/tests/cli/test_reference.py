"""docs/reference/cli.md says what the commands say."""

from pathlib import Path

from fluoro.cli.reference import render

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "cli.md"


def test_the_page_is_what_the_code_says():
    assert PAGE.read_text() == render(), "run `make docs`"
