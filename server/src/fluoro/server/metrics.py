"""`/metrics`: the loss ledger and the server's health as Prometheus text."""

from collections.abc import Iterable

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from fluoro import __version__
from fluoro.server.forward import Forwarder
from fluoro.server.services import Services
from fluoro.store.engine import EngineError

log = structlog.get_logger()

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _ServerCollector(Collector):
    """Reads the numbers when they are asked for."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterable[Metric]:
        services = self._services
        services.datagrams.count_kernel_drops()
        yield from _ledger_metrics(services)
        if services.forwarder:
            yield from _forward_metrics(services.forwarder)
        yield GaugeMetricFamily(
            "fluoro_backlog_documents",
            "Documents acknowledged and not yet in the store.",
            value=services.mover.backlog_documents,
        )
        yield GaugeMetricFamily(
            "fluoro_udp_receive_buffer_bytes",
            "The UDP socket's receive buffer as the kernel granted it.",
            value=services.datagrams.receive_buffer_bytes,
        )
        yield from _configured_metrics(services)
        info = GaugeMetricFamily(
            "fluoro_build_info", "The version that runs.", labels=["version"]
        )
        info.add_metric([__version__], 1)
        yield info


def _configured_metrics(services: Services) -> Iterable[Metric]:
    """What X-Ray publishes of groups and boosted rules; nothing without the store."""
    configuration, now = services.configuration, services.now()
    try:
        traces = configuration.group_counts.last_minute(now)
        sampled = configuration.targets.sampling_rates(now)
    except EngineError as error:
        # Without its store the other numbers of a server are wanted most.
        log.warning("not_measured", error=str(error))
        return
    counts = GaugeMetricFamily(
        "fluoro_group_traces",
        "Traces of a group received in the last full minute.",
        labels=["group"],
    )
    for name, count in traces.items():
        counts.add_metric([name], count)
    rates = GaugeMetricFamily(
        "fluoro_sampling_rate",
        "The present rate of a sampling rule that may be boosted.",
        labels=["rule"],
    )
    for name, rate in sampled.items():
        rates.add_metric([name], rate)
    yield counts
    yield rates


def _ledger_metrics(services: Services) -> Iterable[Metric]:
    """One family an outcome; received equals the sum of all the others."""
    names = {
        "received": "Documents that arrived.",
        "stored": "Documents that were new and are in the store.",
        "merged": "Documents of an id taken in before, in the store.",
    }
    plain = {
        name: CounterMetricFamily(
            f"fluoro_documents_{name}", text, labels=["transport"]
        )
        for name, text in names.items()
    }
    reasoned = {
        name: CounterMetricFamily(
            f"fluoro_documents_{name}", text, labels=["transport", "reason"]
        )
        for name, text in (
            ("rejected", "Documents refused for what they are."),
            ("dropped", "Documents lost for want of room."),
        )
    }
    flying = GaugeMetricFamily(
        "fluoro_documents_in_flight",
        "Documents received that have not ended in a counter yet.",
        labels=["transport"],
    )
    for transport, tally in services.ledger.tallies().items():
        for name, family in plain.items():
            family.add_metric([transport], getattr(tally, name))
        for name, family in reasoned.items():
            for reason, number in getattr(tally, name).items():
                family.add_metric([transport, reason], number)
        flying.add_metric([transport], tally.in_flight)
    yield from plain.values()
    yield from reasoned.values()
    yield flying


def _forward_metrics(forwarder: Forwarder) -> Iterable[Metric]:
    """Taken equals the sum of all the others."""
    counted = GaugeMetricFamily(
        "fluoro_forward_documents",
        "Documents to forward, by how they ended (or that they wait).",
        labels=["outcome", "reason"],
    )
    for (outcome, reason), number in sorted(forwarder.counts().items()):
        counted.add_metric([outcome, reason], number)
    yield counted


def make_registry(services: Services) -> CollectorRegistry:
    """Return the registry that `/metrics` renders."""
    registry = CollectorRegistry()
    registry.register(_ServerCollector(services))
    return registry


def render(registry: CollectorRegistry) -> bytes:
    """Return the metrics in Prometheus' text format."""
    return generate_latest(registry)
