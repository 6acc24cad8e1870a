"""OTLP over gRPC: the trace service, for senders whose default is port 4317.

grpcio is an extra of the distribution (`fluoro[grpc]`). The service runs on threads of
its own, and takes spans in by the same door as HTTP.
"""

from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from fluoro.ingest.intake import Intake
from fluoro.model.errors import ThrottledError
from fluoro.server.otlp import export
from fluoro.wire.otlp.request import (
    TooManySpansError,
    check_count,
)

log = structlog.get_logger()

THREADS = 16
_SERVICE = "opentelemetry.proto.collector.trace.v1.TraceService"


class GrpcServer:
    """The trace service on `(host, port)`; `port` 0 picks a free one.

    Raises ImportError without grpcio, OSError when the address is taken.
    """

    def __init__(self, host: str, port: int, intake: Intake) -> None:
        import grpc  # noqa: PLC0415 - an extra

        self._server = grpc.server(
            ThreadPoolExecutor(THREADS, "otlp-grpc"),
            handlers=[_handler(grpc, intake)],
            options=(
                (
                    "grpc.max_receive_message_length",
                    intake.mapping.limits.request_bytes,
                ),
                ("grpc.so_reuseport", 0),
            ),
            compression=grpc.Compression.NoCompression,
        )
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            self.port = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise OSError(f"{address} cannot be listened on") from error

    def start(self) -> None:
        """Begin to serve."""
        self._server.start()

    def stop(self, grace_seconds: float) -> None:
        """Stop accepting, and wait for what is under way."""
        self._server.stop(grace_seconds).wait()


def _handler(grpc: ModuleType, intake: Intake) -> Any:
    def take(request: ExportTraceServiceRequest, context: Any) -> Any:
        try:
            check_count(request, intake.mapping.limits.spans)
            return export(intake, request, "otlp_grpc")
        except TooManySpansError as error:
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, str(error))
        except ThrottledError as error:
            context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        except Exception:
            log.exception("export_failed")
            told = "the export failed; the server's log says why"
            context.abort(grpc.StatusCode.INTERNAL, told)

    method = grpc.unary_unary_rpc_method_handler(
        take,
        request_deserializer=ExportTraceServiceRequest.FromString,
        response_serializer=ExportTraceServiceResponse.SerializeToString,
    )
    return grpc.method_handlers_generic_handler(_SERVICE, {"Export": method})
