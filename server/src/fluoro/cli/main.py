"""`fluoro`: the table of its commands.

A command's module is imported when the command runs, so that `fluoro --help` and
shell completion stay quick. The one-line help stands here for the same reason.
"""

import os
from importlib import import_module
from typing import Any, NamedTuple

import click

from fluoro import __version__
from fluoro.cli.failure import EXIT_MEANINGS


class Lazy(NamedTuple):
    """Where a command is (`module:object`) and what it does, in a line."""

    target: str
    help: str


COMMANDS = {
    "serve": Lazy("fluoro.cli.serve:serve", "Run the server."),
    "demo": Lazy("fluoro.cli.demo:demo", "Send a steady, realistic load to look at."),
    "traces": Lazy("fluoro.cli.traces:traces", "List recent traces."),
    "trace": Lazy("fluoro.cli.trace:trace", "Show one trace as a waterfall."),
    "graph": Lazy("fluoro.cli.graph:graph", "Show the service graph."),
    "send": Lazy("fluoro.cli.send:send", "Send segment documents from a file."),
    "export": Lazy("fluoro.cli.export:export", "Print traces as OTLP JSON."),
    "keys": Lazy("fluoro.cli.keys:keys", "Make, list and revoke keys."),
    "usage": Lazy("fluoro.cli.usage:usage", "Count traces, and AWS's price for them."),
    "doctor": Lazy("fluoro.cli.doctor:doctor", "Find out what is wrong."),
    "completion": Lazy(
        "fluoro.cli.completion:completion", "Print a script that completes commands."
    ),
}

EPILOG = "\n".join(
    ["\b", "Exit codes:"]
    + [f"  {int(code)}  {meaning}" for code, meaning in EXIT_MEANINGS.items()]
)


class LazyGroup(click.Group):
    """A group whose commands come from a table and are imported when used."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command, or answer a shell that asks what may be written."""
        if "_FLUORO_COMPLETE" in os.environ:
            from fluoro.cli.shells import register

            register()
        return super().main(*args, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command, None where there is no such name."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, name = entry.target.partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command), entry.target
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; suggest the right one for a slip of the fingers."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=COMMANDS, ctx=ctx
            ) from None

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the table's lines; no command is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "FLUORO",
    },
)
@click.version_option(__version__, message="fluoro %(version)s")
def main() -> None:
    """Fluoro: AWS X-Ray that you run yourself.

    `fluoro serve` takes in what X-Ray's clients send, on port 2000; the other commands
    talk to a running server.
    """
