"""`fluoro completion SHELL`: the script that completes commands, options and ids."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script that completes commands, options and recent trace ids.

    For bash: fluoro completion bash > ~/.local/share/bash-completion/completions/fluoro
    """
    kind = get_completion_class(shell)
    assert kind is not None
    root = ctx.find_root().command
    click.echo(kind(root, {}, "fluoro", "_FLUORO_COMPLETE").source())
