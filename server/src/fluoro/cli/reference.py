"""docs/reference/cli.md, made from the commands: `python -m fluoro.cli.reference`."""

import inspect

import click

from fluoro.cli.failure import EXIT_MEANINGS
from fluoro.cli.main import COMMANDS, main

_HEAD = """\
# Command line reference

Made from the code by `make docs`; a test compares. Data goes to standard output,
messages to standard error; colours follow the terminal and `NO_COLOR`. Lengths of time
are written `90s`, `15m`, `1h30m`, `7d`; points in time as ISO 8601 (local where no zone
is named) or epoch seconds.
"""


def render() -> str:
    """Return the page as Markdown."""
    parts = [_HEAD, _exit_codes()]
    with click.Context(main, info_name="fluoro", **main.context_settings) as context:
        for name in COMMANDS:
            command = main.get_command(context, name)
            assert command is not None
            parts.append(_command(name, command, context))
    return "\n".join(parts)


def _exit_codes() -> str:
    lines = ["## Exit codes", "", "| Code | Meaning |", "|---|---|"]
    lines += [f"| {int(c)} | {meaning} |" for c, meaning in EXIT_MEANINGS.items()]
    return "\n".join(lines) + "\n"


def _command(name: str, command: click.Command, parent: click.Context) -> str:
    """Return a command's section, and those of its subcommands below it."""
    with click.Context(command, info_name=name, parent=parent) as context:
        usage = " ".join(command.collect_usage_pieces(context))
        path = context.command_path
        lines = [f"## {path}", "", "```", f"{path} {usage}", "```", ""]
        lines += [_paragraphs(command.help or ""), ""]
        records = [
            record
            for parameter in command.get_params(context)
            if (record := parameter.get_help_record(context))
        ]
        lines += ["| Option | Meaning |", "|---|---|"]
        lines += [f"| `{_cell(option)}` | {_cell(text)} |" for option, text in records]
        if isinstance(command, click.Group):
            for child in command.list_commands(context):
                found = command.get_command(context, child)
                assert found is not None
                lines += ["", _command(child, found, context).rstrip()]
        return "\n".join(lines) + "\n"


def _paragraphs(text: str) -> str:
    """Return help text without click's marks for verbatim blocks."""
    return inspect.cleandoc(text.replace("\b\n", ""))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    click.echo(render(), nl=False)
