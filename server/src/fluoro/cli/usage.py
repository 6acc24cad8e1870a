"""`fluoro usage`: traces by day, and what AWS would have charged for them."""

import click
from rich.table import Table

from fluoro.cli.client import Client, server_option
from fluoro.cli.output import console, output_option, print_json


@click.command()
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=31,
    show_default=True,
    help="How many days, today included (UTC).",
)
@output_option("table", "json")
@server_option
def usage(client: Client, days: int, output: str) -> None:
    """Count the traces recorded, retrieved and scanned by day.

    The price is that of AWS X-Ray's published price list for the same traces.
    """
    found = client.request("GET", f"/api/usage?days={days}")
    if output == "json":
        print_json(found)
        return
    table = Table(box=None)
    table.add_column("")
    for title in ("recorded", "retrieved", "scanned", "AWS, USD"):
        table.add_column(title, justify="right")
    for day in found["Days"]:
        table.add_row(day["Day"], *_counts(day), "")
    for month in found["Months"]:
        table.add_row(month["Month"], *_counts(month), f"{month['AwsPriceUsd']:.2f}")
    console().print(table)


def _counts(row: dict[str, int]) -> list[str]:
    return [f"{row[measure]:,}" for measure in ("Recorded", "Retrieved", "Scanned")]
