"""What `fluoro doctor` makes of what it reads: findings, each with what to do."""

import json
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from fluoro.cli.output import duration
from fluoro.model.limits import DATAGRAM_RECEIVE_BUFFER_BYTES

CLOCK_SKEW_SECONDS_MAX = 2.0
FREE_BYTES_MIN = 1 << 30
BACKLOG_DOCUMENTS_MANY = 50_000
KERNEL_BOOKKEEPING = 2
"""The kernel grants twice what a socket asks for and counts its own overhead in it."""

_SAMPLE = re.compile(r"^([a-z_:]\w*)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

Metrics = dict[str, list[tuple[dict[str, str], float]]]


class State(Enum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"

    @property
    def style(self) -> str:
        """The colour of the word."""
        return {"ok": "green", "warn": "yellow", "fail": "bold red"}[self.value]


@dataclass(frozen=True)
class Finding:
    """What a check found, and what to do about it (empty when all is well)."""

    name: str
    state: State
    found: str
    do: str = ""


ADVICE = {
    "kernel_buffer_full": "datagrams came faster than they were read: raise"
    " net.core.rmem_max (below), sample less, or send over HTTP",
    "backlog": "the store cannot keep up: give it a faster disk or more processors, or"
    " sample less",
    "disk": "the spool could not be written: look at the disk of the data folder",
    "no_header_line": "something other than an X-Ray client sends to the UDP port",
    "empty_body": "a client sends datagrams without a document",
    "bad_header": "something other than an X-Ray client sends to the UDP port",
    "unknown_format": "a client speaks a version of the protocol that X-Ray never had",
    "DocumentTooLarge": "a client's documents are too large: stream subsegments, or"
    " put less into metadata",
    "InvalidName": "a name holds a character that X-Ray forbids; its client should"
    " replace it",
    "ParseError": "a client sends documents that are no JSON objects; `fluoro send"
    " FILE` says where one breaks",
}
"""What to do about a reason of the loss ledger."""
_ADVICE_OTHERWISE = "`fluoro send FILE` with such a document says what is wrong with it"


def health(status: int, body: bytes, took: float, url: str) -> Iterator[Finding]:
    """Judge the answer of /healthz."""
    if status == 200:
        yield Finding("server", State.OK, f"{url} answers in {duration(took)}")
        return
    said = body[:300].decode("utf-8", "replace")
    yield Finding(
        "server",
        State.FAIL,
        f"{url}/healthz answers HTTP {status}: {said}",
        "read the server's log, and look at its disk and its store",
    )


def version(body: bytes, own: str) -> Finding:
    """Compare the server's version with this command's."""
    try:
        found = json.loads(body)["version"]
    except (ValueError, KeyError, TypeError):
        return Finding(
            "version",
            State.FAIL,
            "the answer names no version; this may be no Fluoro",
            "check that --server names a Fluoro server (an X-Ray daemon's TCP port"
            " answers too)",
        )
    if found != own:
        return Finding(
            "version",
            State.WARN,
            f"the server is {found}, this command is {own}",
            "install the same version on both sides",
        )
    return Finding("version", State.OK, f"{found}, as this command")


def clock(skew: float) -> Finding:
    """Judge the server's clock against ours, known to the second."""
    if abs(skew) <= CLOCK_SKEW_SECONDS_MAX:
        return Finding("clock", State.OK, "agrees with the server's to two seconds")
    side = "ahead of" if skew > 0 else "behind"
    return Finding(
        "clock",
        State.WARN,
        f"the server's clock is {duration(abs(skew))} {side} this machine's",
        "synchronise both (NTP); till then `fluoro traces --last` may miss traces",
    )


def read_metrics(text: str) -> Metrics:
    """Return the samples of Prometheus text by metric name."""
    found: Metrics = defaultdict(list)
    for line in text.splitlines():
        sample = _SAMPLE.match(line)
        if sample:
            name, labels, value = sample.groups()
            found[name].append((dict(_LABEL.findall(labels or "")), float(value)))
    return found


def losses(metrics: Metrics) -> Iterator[Finding]:
    """Judge the loss ledger: what arrived, and what of it was lost for which reason."""
    received = _total(metrics, "fluoro_documents_received_total")
    rejected = _total(metrics, "fluoro_documents_rejected_total")
    dropped = _total(metrics, "fluoro_documents_dropped_total")
    state = State.FAIL if dropped else State.WARN if rejected else State.OK
    do = "" if received else "`fluoro demo` sends some"
    yield Finding(
        "documents",
        state,
        f"{received:,} received, {rejected:,} rejected, {dropped:,} dropped since the"
        " server started",
        do,
    )
    for outcome, bad in (("rejected", State.WARN), ("dropped", State.FAIL)):
        for labels, number in metrics.get(f"fluoro_documents_{outcome}_total", ()):
            reason = labels.get("reason", "")
            yield Finding(
                f"{outcome} over {labels.get('transport', '?')}",
                bad,
                f"{number:,.0f} for {reason}",
                ADVICE.get(reason, _ADVICE_OTHERWISE),
            )
    backlog = _total(metrics, "fluoro_backlog_documents")
    if backlog > BACKLOG_DOCUMENTS_MANY:
        yield Finding(
            "backlog", State.WARN, f"{backlog:,} documents wait", ADVICE["backlog"]
        )


def receive_buffer(metrics: Metrics, rmem_max: int | None) -> Finding:
    """Judge the UDP receive buffer that the kernel granted."""
    granted = _total(metrics, "fluoro_udp_receive_buffer_bytes") // KERNEL_BOOKKEEPING
    wanted = DATAGRAM_RECEIVE_BUFFER_BYTES
    found = f"{granted / 2**20:.1f} of {wanted / 2**20:.0f} MiB granted"
    if granted >= wanted:
        return Finding("UDP receive buffer", State.OK, found)
    limit = "" if rmem_max is None else f"; net.core.rmem_max here is {rmem_max:,}"
    return Finding(
        "UDP receive buffer",
        State.WARN,
        found + limit,
        f"on the server's machine: sysctl -w net.core.rmem_max={wanted}, then restart"
        " it; bursts of datagrams are lost otherwise",
    )


def folder(path: Path) -> Finding:
    """Judge the data folder: ours to write, nobody else's to read."""
    if not path.exists():
        return Finding(
            "data folder",
            State.WARN,
            f"{path} does not exist",
            "name the server's folder with --data DIR; `fluoro serve` makes a new one",
        )
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return Finding(
            "data folder",
            State.FAIL,
            f"{path} is not writable for you",
            "run the server as the folder's owner, or change the owner",
        )
    mode = path.stat().st_mode & 0o777
    if mode & 0o007:
        return Finding(
            "data folder",
            State.WARN,
            f"{path} is open to every user of this machine (mode {mode:o})",
            f"chmod 700 {path}: traces hold users, queries and addresses",
        )
    return Finding("data folder", State.OK, f"{path} (mode {mode:o})")


def disk(path: Path) -> Finding:
    """Judge the room on the data folder's disk."""
    place = next(p for p in (path, *path.parents) if p.exists())
    usage = shutil.disk_usage(place)
    found = f"{usage.free / 2**30:.1f} of {usage.total / 2**30:.1f} GiB free at {place}"
    if usage.free >= FREE_BYTES_MIN:
        return Finding("disk", State.OK, found)
    return Finding(
        "disk",
        State.FAIL,
        found,
        "make room, move the data folder with --data DIR, or keep less with"
        " --retention-days",
    )


def sdk_environment(environment: Mapping[str, str], address: str) -> Finding:
    """Judge the variables that tell X-Ray's SDKs where to send."""
    if environment.get("AWS_XRAY_SDK_ENABLED", "").lower() == "false":
        return Finding(
            "SDK variables",
            State.WARN,
            "AWS_XRAY_SDK_ENABLED is false: programs of this shell send nothing",
            "unset AWS_XRAY_SDK_ENABLED",
        )
    given = environment.get("AWS_XRAY_DAEMON_ADDRESS")
    if given is None:
        return Finding(
            "SDK variables", State.OK, "none set: SDKs send to 127.0.0.1:2000"
        )
    if given != address:
        return Finding(
            "SDK variables",
            State.WARN,
            f"AWS_XRAY_DAEMON_ADDRESS is {given}, the server is {address}",
            f"export AWS_XRAY_DAEMON_ADDRESS={address}, if both should be the same",
        )
    return Finding("SDK variables", State.OK, f"AWS_XRAY_DAEMON_ADDRESS={given}")


def _total(metrics: Metrics, name: str) -> int:
    return int(sum(value for _, value in metrics.get(name, ())))
