"""The lifecycle of a server: open, serve, drain, close.

Start: lock the data folder, open the store and bring its schema up, open the spool,
start the mover (which first moves what a crash left behind) and the UDP thread, serve
HTTP. SIGTERM and SIGINT: stop accepting, take in what has arrived, move it, close.
"""

import contextlib
import errno
import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import structlog
import uvicorn

from fluoro.control.group_counts import GroupCounts
from fluoro.control.indexing import indexed_percentage
from fluoro.control.keys import Keyring
from fluoro.control.targets import Targets
from fluoro.control.usage import Meter
from fluoro.ingest.intake import Intake
from fluoro.ingest.ledger import Ledger
from fluoro.ingest.mover import Mover, Numbered
from fluoro.ingest.spool import Spool
from fluoro.query.summaries import causes_of
from fluoro.server.access import Access, refusal_to_listen, unproven_host
from fluoro.server.app import make_app
from fluoro.server.background import repeating
from fluoro.server.forward import Forwarder
from fluoro.server.lock import FolderLock
from fluoro.server.otlp_ports import otlp_grpc, otlp_sockets
from fluoro.server.services import Configuration, Services
from fluoro.server.settings import Settings
from fluoro.server.targets import make_target
from fluoro.server.udp import DatagramServer
from fluoro.store.engine import Engine, EngineError
from fluoro.store.masterkey import LocalKey
from fluoro.store.migrate import migrate
from fluoro.store.records import Records
from fluoro.store.retention import set_retention
from fluoro.store.roller import Roller
from fluoro.store.sealing import Sealer

log = structlog.get_logger()


CONFIGURATION_PAUSE_SECONDS = 5.0
"""Between two writes of what sampling clients reported and reads counted."""


class OpenToOthersError(Exception):
    """The address can be reached by others, and nothing says who may come in."""


THREAD_STACK_BYTES = 16 * 1024 * 1024
"""Documents may nest deeply, and a small stack crashes the decoder (before 3.14)."""

DRAIN_SECONDS = 5

ROLLER_PAUSE_SECONDS = 0.5


def serve(settings: Settings, ready: Callable[[Services], None] | None = None) -> None:
    """Run a server until it is told to stop; `ready` is called once it answers.

    Raises FolderInUseError, EngineError, MasterKeyError, OpenToOthersError, or OSError
    when the address is taken.
    """
    threading.stack_size(THREAD_STACK_BYTES)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listen(settings))
        address = f"{settings.host}:{listener.getsockname()[1]}"
        if settings.data_folder:
            lock = FolderLock(settings.data_folder, address)
            stack.callback(lock.release)
        services = stack.enter_context(
            _services(settings, port=listener.getsockname()[1])
        )
        listeners = [listener, *stack.enter_context(otlp_sockets(settings))]
        stack.enter_context(otlp_grpc(settings, services.intake))
        config = uvicorn.Config(
            make_app(services),
            log_config=None,
            proxy_headers=False,
            server_header=False,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=DRAIN_SECONDS,
            backlog=2048,
        )
        log.info("listening", address=address, store=settings.dsn)
        if ready:
            ready(services)
        calm_the_collector()
        uvicorn.Server(config).run(sockets=listeners)


def calm_the_collector() -> None:
    """Leave what lives as long as the server out of every collection.

    Batches that wait for the store, and answers, hold many containers and no cycles;
    with the default thresholds, walking them cost more than decoding them, and a fifth
    of what a graph of 2,000 services takes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def _listen(settings: Settings) -> socket.socket:
    """Return the bound TCP socket."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError:
        listener.close()
        raise
    return listener


@contextlib.contextmanager
def _services(settings: Settings, port: int) -> Iterator[Services]:
    """Open everything behind the sockets, and close it in reverse."""
    folder = settings.data_folder
    if folder:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.ExitStack() as stack:
        engine = Engine(settings.dsn)
        stack.callback(engine.close)
        migrate(engine)
        set_retention(engine, settings.retention_days)
        ledger = Ledger()
        configuration = stack.enter_context(_configuration(settings, engine))
        records = configuration.records
        mover = Mover(engine, ledger, lambda: indexed_percentage(records))
        forwarder = _forwarder(settings)

        def committed(batches: list[Numbered]) -> None:
            mover.take(batches)
            if forwarder:
                forwarder.take(batches)

        holders = 2 if forwarder else 1
        spool = Spool(_spool_path(folder), committed, engine.sealing, holders)
        stack.callback(spool.close)
        mover.start(spool)
        stack.callback(mover.stop)
        if forwarder:
            forwarder.start(spool)
            stack.callback(forwarder.stop)
        stack.callback(spool.stop)
        intake = Intake(
            spool,
            mover,
            ledger,
            wait_for_store=settings.ack == "store",
            mapping=settings.mapping,
            document_bytes_max=settings.document_bytes_max,
        )
        datagrams = DatagramServer(unproven_host(settings), port, intake, ledger)
        datagrams.start()
        stack.callback(datagrams.stop)
        roller = Roller(
            engine,
            time.time,
            lambda: mover.inserting_since_us,
            lambda: mover.waiting_since_us,
        )
        stack.enter_context(repeating("roller", roller.step, ROLLER_PAUSE_SECONDS))
        yield Services(
            settings,
            engine,
            ledger,
            intake,
            mover,
            datagrams,
            configuration,
            forwarder,
        )


def _forwarder(settings: Settings) -> Forwarder | None:
    if not settings.forward:
        return None
    try:
        return Forwarder(make_target(settings.forward, settings.forward_headers))
    except ValueError as error:
        raise OSError(errno.EINVAL, f"--forward cannot be used: {error}") from error


@contextlib.contextmanager
def _configuration(settings: Settings, engine: Engine) -> Iterator[Configuration]:
    """Open the keys, and let the engine seal documents as it is configured.

    Raises OpenToOthersError where others would be let in by nobody's will.
    """
    folder = settings.data_folder
    key_file = settings.key_file or (folder / "server.key" if folder else None)
    records, local_key = Records(engine), LocalKey(key_file)
    engine.sealing = Sealer(records, local_key, settings.region)
    keyring = Keyring(records, local_key)
    refusal = refusal_to_listen(settings, keyring)
    if refusal:
        raise OpenToOthersError(refusal)
    access = Access(settings, keyring, local_key)
    targets, meter = Targets(records), Meter(engine)
    counts = GroupCounts(records, partial(causes_of, engine))

    def write_what_waits() -> bool:
        targets.settle(time.time())
        meter.flush(time.time())
        return False

    with repeating("configuration", write_what_waits, CONFIGURATION_PAUSE_SECONDS):
        yield Configuration(records, local_key, keyring, access, targets, meter, counts)
    with contextlib.suppress(EngineError):
        write_what_waits()


def _spool_path(folder: Path | None) -> Path | None:
    return folder / "spool.sqlite" if folder else None
