"""OTLP's own ports beside the server's: 4318 for HTTP, 4317 for gRPC.

`auto`, the default, opens them where the server itself has X-Ray's port, and goes on
without one that is taken (a collector may run there) or without grpcio. A port that is
asked for by number must open.
"""

import contextlib
import errno
import socket
from collections.abc import Iterator

import structlog

from fluoro.ingest.intake import Intake
from fluoro.server.access import unproven_host
from fluoro.server.otlp_grpc import GrpcServer
from fluoro.server.settings import DEFAULT_PORT, Settings

log = structlog.get_logger()

HTTP_PORT = 4318
GRPC_PORT = 4317
PORT_MAX = 65_535
GRACE_SECONDS = 5.0


def _port(choice: str, usual: int, settings: Settings) -> int | None:
    """Return the port that a setting means, None for no port; raise OSError."""
    if choice == "auto":
        return usual if settings.port == DEFAULT_PORT else None
    if choice == "off":
        return None
    if not (choice.isascii() and choice.isdigit() and int(choice) <= PORT_MAX):
        told = f"{choice!r} is no port: give a number, off or auto"
        raise OSError(errno.EINVAL, told)
    return int(choice)


@contextlib.contextmanager
def otlp_sockets(settings: Settings) -> Iterator[list[socket.socket]]:
    """Bind OTLP's port for HTTP; yields no or one socket. Raises OSError."""
    port = _port(settings.otlp_port, HTTP_PORT, settings)
    if port is None:
        yield []
        return
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, port))
        except OSError as error:
            if settings.otlp_port != "auto":
                raise
            log.warning("otlp_port_taken", port=port, error=str(error))
            yield []
            return
        log.info("otlp_listening", port=listener.getsockname()[1])
        yield [listener]


@contextlib.contextmanager
def otlp_grpc(settings: Settings, intake: Intake) -> Iterator[None]:
    """Serve OTLP over gRPC while the block runs. Raises OSError or ImportError."""
    port = _port(settings.otlp_grpc_port, GRPC_PORT, settings)
    server = None if port is None else _grpc_server(settings, port, intake)
    if server is None:
        yield
        return
    server.start()
    log.info("otlp_grpc_listening", port=server.port)
    try:
        yield
    finally:
        server.stop(GRACE_SECONDS)


def _grpc_server(settings: Settings, port: int, intake: Intake) -> GrpcServer | None:
    try:
        return GrpcServer(unproven_host(settings), port, intake)
    except (OSError, ImportError) as error:
        if settings.otlp_grpc_port != "auto":
            raise
        log.warning("otlp_grpc_off", port=port, error=str(error))
        return None
