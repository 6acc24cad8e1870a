"""What a server says while its store does not answer."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily

from fluoro.server import metrics, tail
from fluoro.store.engine import EngineError


def fail(*_arguments, **_named):
    raise EngineError("no route to the store")


def test_metrics_of_the_server_itself_are_there(monkeypatch):
    """Those of groups and rules, which are in the store, are left out."""
    ledger = CounterMetricFamily("fluoro_documents_received", "Documents.", value=3)
    monkeypatch.setattr(metrics, "_ledger_metrics", lambda _services: [ledger])
    services = SimpleNamespace(
        datagrams=SimpleNamespace(
            count_kernel_drops=lambda: None, receive_buffer_bytes=1
        ),
        forwarder=None,
        mover=SimpleNamespace(backlog_documents=7),
        configuration=SimpleNamespace(
            group_counts=SimpleNamespace(last_minute=fail),
            targets=SimpleNamespace(sampling_rates=lambda _now: {"rule": 0.5}),
        ),
        now=lambda: 0.0,
    )
    text = generate_latest(metrics.make_registry(services)).decode()
    assert "fluoro_documents_received_total 3.0" in text
    assert "fluoro_backlog_documents 7.0" in text
    assert "fluoro_build_info" in text
    assert "fluoro_group_traces" not in text


def test_a_tail_says_that_it_failed(monkeypatch):
    monkeypatch.setattr(tail, "get_trace_summaries", fail)
    monkeypatch.setattr(tail, "POLL_SECONDS", 0)

    async def stay():
        return False

    async def events():
        services = SimpleNamespace(now=lambda: 0.0, engine=None)
        return [event async for event in tail.tail(services, "", {}, stay)]

    # A browser's tests leave a loop running on this thread.
    with ThreadPoolExecutor(1) as thread:
        connected, failed = thread.submit(lambda: asyncio.run(events())).result()
    assert connected == b": connected\n\n"
    kind, data = failed.decode().split("\ndata: ")
    assert kind == "event: failed"
    assert json.loads(data) == {"Message": "The store does not answer"}
