"""How a command that fails ends: with an exit code, what, why and what to do."""

from enum import IntEnum
from typing import IO, Any

import click


class Exit(IntEnum):
    """The exit codes of every command (the help's epilog lists them)."""

    OK = 0
    ERROR = 1
    USAGE = 2
    NOT_FOUND = 3
    UNREACHABLE = 4
    REFUSED = 5


EXIT_MEANINGS = {
    Exit.OK: "it worked",
    Exit.ERROR: "something failed; the message says what",
    Exit.USAGE: "the command line is wrong",
    Exit.NOT_FOUND: "what was asked for does not exist",
    Exit.UNREACHABLE: "the server cannot be reached",
    Exit.REFUSED: "the server refused the request, or a part of it",
}


class Failure(click.ClickException):
    """What happened, why, and what to do about it; ends the command with `code`."""

    def __init__(
        self, what: str, *, why: str = "", do: str = "", code: Exit = Exit.ERROR
    ) -> None:
        super().__init__(what)
        self.why = why
        self.do = do
        self.code = code

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        """What click ends the process with."""
        return int(self.code)

    def format_message(self) -> str:
        """Return one line for each of the three that is known."""
        lines = [self.message]
        if self.why:
            lines.append(f"  Why: {self.why}")
        if self.do:
            lines.append(f"  Try: {self.do}")
        return "\n".join(lines)

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the message to stderr, without a trace's escape codes in it."""
        from fluoro.cli.output import clean_lines

        click.echo(f"Error: {clean_lines(self.format_message())}", file=file, err=True)
