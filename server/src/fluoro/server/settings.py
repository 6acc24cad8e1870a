"""What a server can be told: one declaration, read by the CLI, the docs and the code.

Each setting has an option of `fluoro serve` (`--retention-days`) and an environment
variable (`FLUORO_RETENTION_DAYS`); the option wins.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from fluoro.model.limits import (
    DOCUMENT_BYTES_MAX,
    GROUPS_MAX,
    OTLP_REQUEST_BYTES_MAX,
    RETENTION_DAYS,
    SAMPLING_RULES_MAX,
    SPAN_BYTES_MAX,
    SPANS_PER_REQUEST_MAX,
)
from fluoro.wire.otlp.options import ExportLimits, MappingOptions

DEFAULT_PORT = 2000


def default_data() -> Path:
    """Return `~/.local/share/fluoro`, or the place XDG_DATA_HOME names."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "fluoro"


@dataclass(frozen=True)
class Settings:
    """How one server runs."""

    address: str = field(
        default=f"127.0.0.1:{DEFAULT_PORT}",
        metadata={"help": "Where to listen, UDP and TCP alike: HOST:PORT."},
    )
    data: Path | None = field(
        default=None,
        metadata={
            "help": "The folder for the spool and, unless --store says otherwise,"
            " the traces. Default: ~/.local/share/fluoro."
        },
    )
    store: str | None = field(
        default=None,
        metadata={
            "help": "The engine: chdb:///path (embedded), chdb://memory (kept"
            " nowhere) or clickhouse://user:password@host:8123/database."
            " Default: embedded, in the data folder."
        },
    )
    ack: str = field(
        default="spool",
        metadata={
            "help": "What an answer waits for: the spool's sync on this server's"
            " disk, or the store's insert.",
            "choices": ("spool", "store"),
        },
    )
    retention_days: int = field(
        default=RETENTION_DAYS,
        metadata={"help": "How long traces are kept, counted from receipt."},
    )
    window_hours_max: int = field(
        default=0,
        metadata={
            "help": "The longest window a query may ask for, in hours; 6 is X-Ray's,"
            " 0 sets no limit."
        },
    )
    strict_selectors: bool = field(
        default=False,
        metadata={
            "help": "Time series take service(...) and edge(...) alone, as X-Ray's do,"
            " instead of any filter expression."
        },
    )
    document_bytes_max: int = field(
        default=DOCUMENT_BYTES_MAX,
        metadata={
            "help": "The size of a segment's document in bytes; X-Ray documents 64 KB."
        },
    )
    trace_bytes_max: int = field(
        default=0,
        metadata={
            "help": "The size past which BatchGetTraces says LimitExceeded of a trace;"
            " X-Ray's is 500000, 0 sets no limit. The trace is answered whole."
        },
    )
    account: str = field(
        default="000000000000",
        metadata={"help": "The account that ARNs name."},
    )
    region: str = field(
        default="us-east-1",
        metadata={"help": "The region that ARNs name when a caller signs for none."},
    )
    key_file: Path | None = field(
        default=None,
        metadata={
            "help": "The file of the server's own key, which seals secrets and, when"
            " encryption is on, documents. Servers on one store need the same."
            " Default: server.key in the data folder."
        },
    )
    loopback_role: str = field(
        default="admin",
        metadata={
            "help": "What callers on this machine may do without a key.",
            "choices": ("admin", "write", "read", "none"),
        },
    )
    open_access: bool = field(
        default=False,
        metadata={"help": "Let everyone who reaches the address do everything."},
    )
    open_sampling: bool = field(
        default=False,
        metadata={
            "help": "Let everyone who reaches the address fetch sampling rules and"
            " targets, as X-Ray's SDKs do without a key."
        },
    )
    open_udp: bool = field(
        default=False,
        metadata={
            "help": "Take datagrams and OTLP over gRPC from other machines too:"
            " whoever reaches the address can send traces."
        },
    )
    sampling_rules_max: int = field(
        default=SAMPLING_RULES_MAX,
        metadata={"help": "How many sampling rules may be made; X-Ray allows 25."},
    )
    groups_max: int = field(
        default=GROUPS_MAX,
        metadata={
            "help": "How many groups there may be, Default included; X-Ray allows 25."
        },
    )
    hosts: str = field(
        default="",
        metadata={
            "help": "Names under which this server is reached, with commas between;"
            " *.example.com for all below. Addresses and names without a dot need not"
            " be listed."
        },
    )
    origins: str = field(
        default="",
        metadata={
            "help": "Sites whose pages may call this server, with commas between:"
            " https://app.example.com."
        },
    )
    otlp_port: str = field(
        default="auto",
        metadata={
            "help": "A port of its own for OTLP over HTTP, which --address takes too:"
            " a number, off, or auto (4318 where --address has port 2000)."
        },
    )
    otlp_grpc_port: str = field(
        default="auto",
        metadata={
            "help": "The port of OTLP over gRPC: a number, off, or auto (4317 where"
            " --address has port 2000). Needs the extra fluoro[grpc]."
        },
    )
    index_attributes: str = field(
        default="all",
        metadata={
            "help": "Which attributes of OpenTelemetry spans become annotations, which"
            " can be searched: all, or names separated by commas; attributes of"
            " resources are named otel.resource.NAME."
        },
    )
    otlp_request_bytes_max: int = field(
        default=OTLP_REQUEST_BYTES_MAX,
        metadata={
            "help": "The size of an OTLP request once it is uncompressed; X-Ray takes"
            " 5 MB."
        },
    )
    otlp_spans_max: int = field(
        default=SPANS_PER_REQUEST_MAX,
        metadata={"help": "How many spans an OTLP request may have, as with X-Ray."},
    )
    otlp_span_bytes_max: int = field(
        default=SPAN_BYTES_MAX,
        metadata={
            "help": "The size of one span, as protobuf, and of its resource and its"
            " scope; the default is X-Ray's."
        },
    )
    forward: str | None = field(
        default=None,
        metadata={
            "help": "Where to send everything on to: the URL of an OTLP/HTTP endpoint,"
            " or xray or xray:REGION for AWS X-Ray with this machine's credentials."
            " Default: nowhere."
        },
    )
    forward_headers: str = field(
        default="",
        metadata={
            "help": "Headers for the OTLP endpoint of --forward, as"
            " NAME=VALUE,NAME=VALUE."
        },
    )

    @property
    def host(self) -> str:
        """The host part of `address`."""
        return self.address.rpartition(":")[0].strip("[]") or "127.0.0.1"

    @property
    def port(self) -> int:
        """The port part of `address`; 0 picks a free one."""
        return int(self.address.rpartition(":")[2])

    @property
    def mapping(self) -> MappingOptions:
        """How OpenTelemetry spans become documents."""
        limits = ExportLimits(
            self.otlp_request_bytes_max,
            self.otlp_spans_max,
            self.otlp_span_bytes_max,
            self.document_bytes_max,
        )
        names = [name.strip() for name in self.index_attributes.split(",")]
        if names == ["all"]:
            return MappingOptions(limits=limits)
        indexed = frozenset(filter(None, names))
        return MappingOptions(index_all=False, indexed=indexed, limits=limits)

    @property
    def data_folder(self) -> Path | None:
        """The data folder; None when everything is kept in memory."""
        if self.data is None and self.store == "chdb://memory":
            return None
        return (self.data or default_data()).absolute()

    @property
    def dsn(self) -> str:
        """The engine's DSN."""
        if self.store:
            return self.store
        return f"chdb://{self.data_folder}/store"
