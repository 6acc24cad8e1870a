"""`fluoro doctor`: what is right and wrong with a server and the machine it runs on."""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from email.utils import parsedate_to_datetime
from pathlib import Path

import click

from fluoro import __version__
from fluoro.cli import checkup
from fluoro.cli.checkup import Finding, State
from fluoro.cli.client import Client, server_option
from fluoro.cli.failure import Exit, Failure
from fluoro.cli.output import clean, console, output_option, print_json

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    envvar="FLUORO_DATA",
    show_envvar=True,
    help="The server's data folder, when it is on this machine.  [default: where"
    " `fluoro serve` puts it]",
)
@output_option("table", "json")
@server_option
def doctor(client: Client, data: Path | None, output: str) -> None:
    """Find out what is wrong: with the server, its losses, this machine.

    Exits with 4 when the server cannot be reached and with 1 when another check fails.
    """
    findings: list[Finding] = []
    try:
        findings.extend(ask_server(client))
        code = Exit.OK
    except Failure as failure:
        findings.append(
            Finding(
                "server",
                State.FAIL,
                f"{failure.message}: {failure.why}",
                failure.do,
            )
        )
        code = failure.code
    findings.extend(look_around(client, data))
    if output == "json":
        print_json([{**asdict(f), "state": f.state.value} for f in findings])
    else:
        _print_findings(findings)
    if code is Exit.OK and any(f.state is State.FAIL for f in findings):
        code = Exit.ERROR
    if code is not Exit.OK:
        raise click.exceptions.Exit(code)


def ask_server(client: Client) -> Iterator[Finding]:
    """Yield what the server says of itself; raises Failure when it does not answer."""
    begin = time.monotonic()
    status, headers, body = client.exchange("GET", "/healthz")
    took = time.monotonic() - begin
    yield from checkup.health(status, body, took, client.url)
    yield checkup.version(body, __version__)
    if "date" in headers:
        served = parsedate_to_datetime(headers["date"]).timestamp()
        yield checkup.clock(served - time.time())
    _, _, text = client.exchange("GET", "/metrics")
    metrics = checkup.read_metrics(text.decode("utf-8", "replace"))
    yield from checkup.losses(metrics)
    yield checkup.receive_buffer(metrics, _rmem_max())


def look_around(client: Client, data: Path | None) -> Iterable[Finding]:
    """Yield what this machine shows: the folder, its disk, the SDKs' variables."""
    from fluoro.server.settings import default_data

    if client.host in LOOPBACK:
        folder = data or default_data()
        yield checkup.folder(folder)
        yield checkup.disk(folder)
    yield checkup.sdk_environment(os.environ, f"{client.host}:{client.port}")


def _rmem_max() -> int | None:
    """Return the kernel's limit of a receive buffer, None where there is none."""
    try:
        return int(Path("/proc/sys/net/core/rmem_max").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _print_findings(findings: list[Finding]) -> None:
    from rich.text import Text

    screen = console()
    for finding in findings:
        text = Text()
        text.append(f"{finding.state.value:<5}", style=finding.state.style)
        text.append(f"{finding.name}: {clean(finding.found)}")
        screen.print(text, soft_wrap=True)
        if finding.do:
            screen.print(Text(f"     → {clean(finding.do)}"), soft_wrap=True)
