"""The option `--filter`, which the shell completes with what the server knows."""

import shlex
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _what_may_follow(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Complete the word under the cursor: keywords, operators, values observed."""
    from click.shell_completion import CompletionItem

    from fluoro.cli.client import DEFAULT_SERVER, Client
    from fluoro.cli.failure import Failure
    from fluoro.cli.shells import UNFINISHED

    try:
        with Client(ctx.params.get("server") or DEFAULT_SERVER, timeout=1.0) as client:
            found = client.call("/api/filters/complete", Expression=incomplete)
    except Failure:
        return []  # a shell that cannot complete says nothing
    start, end = found["From"], found["To"]
    texts = [
        incomplete[:start] + option["Label"] + incomplete[end:]
        for option in found["Options"]
    ]
    # A shell writes what all have in common, even if it is less than what was typed.
    if len({text[: len(incomplete)] for text in texts}) > 1:
        texts = [text for text in texts if text.startswith(incomplete)]
    return [CompletionItem(text, UNFINISHED) for text in texts]


filter_option = click.option(
    "--filter",
    "expression",
    metavar="EXPR",
    shell_complete=_what_may_follow,
    help="An X-Ray filter expression, such as 'service(\"shop\") { fault }'.",
)


class Filtered(click.Command):
    """A command without arguments: one that is given is a filter without its option."""

    allow_extra_args = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; a usage error shows where an expression belongs."""
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            expression = shlex.quote(" ".join(rest))
            ctx.fail(f"A filter expression follows its option: --filter {expression}")
        return rest
