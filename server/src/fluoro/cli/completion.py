"""`fluoro completion SHELL`: the script that completes commands, options and ids."""

import click

from fluoro.cli.shells import SHELLS


@click.command()
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script that completes commands, options and recent trace ids.

    For bash: fluoro completion bash > ~/.local/share/bash-completion/completions/fluoro
    """
    root = ctx.find_root().command
    script = SHELLS[shell](root, {}, "fluoro", "_FLUORO_COMPLETE").source()
    click.echo(script, nl=False)
