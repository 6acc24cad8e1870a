"""`fluoro keys`: who may reach a server that others can reach, too."""

from datetime import datetime
from typing import Any

import click
from rich.table import Table

from fluoro.cli.client import Client, server_option
from fluoro.cli.output import clean, console, message, output_option, print_json


@click.group()
def keys() -> None:
    """Make, list and revoke the keys that clients sign with.

    A key has a role: `read` sees traces, `write` sends them and fetches sampling
    rules, `admin` does everything.
    """


@keys.command()
@click.option("--name", required=True, help="Who or what will use it.")
@click.option(
    "--role",
    type=click.Choice(["read", "write", "admin"]),
    required=True,
    help="What it is good for.",
)
@output_option("env", "json")
@server_option
def create(client: Client, name: str, role: str, output: str) -> None:
    """Make a key and print it; its secret is not shown again."""
    key = client.call("/api/keys/create", Name=name, Role=role)["Key"]
    if output == "json":
        print_json(key)
        return
    click.echo(f"AWS_ACCESS_KEY_ID={key['AccessKeyId']}")
    click.echo(f"AWS_SECRET_ACCESS_KEY={key['SecretAccessKey']}")
    message("The secret is shown this once. Clients and `fluoro` read these variables.")


@keys.command("list")
@output_option("table", "json")
@server_option
def list_keys(client: Client, output: str) -> None:
    """List the keys, without their secrets."""
    found: list[dict[str, Any]] = client.request("GET", "/api/keys")["Keys"]
    if output == "json":
        print_json(found)
        return
    table = Table("access key id", "role", "name", "made", box=None)
    for key in found:
        made = f"{datetime.fromtimestamp(key['CreatedAt']).astimezone():%Y-%m-%d %H:%M}"
        table.add_row(clean(key["AccessKeyId"]), key["Role"], clean(key["Name"]), made)
    console().print(table)


@keys.command()
@click.argument("access_key_id")
@server_option
def revoke(client: Client, access_key_id: str) -> None:
    """Refuse a key from now on."""
    client.call("/api/keys/revoke", AccessKeyId=access_key_id)
    message(f"{access_key_id} is revoked.")
