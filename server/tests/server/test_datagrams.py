"""UDP 2000 over a real socket: every datagram ends in exactly one counter."""

import json
import socket

from running import check_ledger, eventually

HEADER = b'{"format":"json","version":1}\n'


def document(number):
    return {
        "id": f"{number:016x}",
        "name": "n",
        "trace_id": f"1-6ab00000-{number:024x}",
        "start_time": 1,
        "end_time": 2,
    }


def ended(server):
    return {
        name.replace("fluoro_documents_", ""): value
        for name, value in server.metrics().items()
        if "udp" in name and "documents" in name and value
    }


def test_each_datagram_is_stored_merged_or_rejected(start_server):
    server = start_server()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for body in (
            HEADER + json.dumps(document(1)).encode(),
            HEADER + json.dumps(document(1)).encode(),
            HEADER + json.dumps({**document(2), "name": ""}).encode(),
            HEADER + b"not json",
            HEADER,
            b"no header",
            b"",
            b'{"format":"xml","version":1}\n{}',
            b"\xff\x00" * 100,
        ):
            sender.sendto(body, (server.host, server.port))
    eventually(lambda: ended(server).get('received_total{transport="udp"}') == 9)
    server.settle()
    assert ended(server) == {
        'received_total{transport="udp"}': 9,
        'stored_total{transport="udp"}': 1,
        'merged_total{transport="udp"}': 1,
        'rejected_total{reason="MissingName",transport="udp"}': 1,
        'rejected_total{reason="ParseError",transport="udp"}': 1,
        'rejected_total{reason="empty_body",transport="udp"}': 1,
        'rejected_total{reason="no_header_line",transport="udp"}': 3,
        'rejected_total{reason="unknown_format",transport="udp"}': 1,
    }


def test_what_the_kernel_drops_is_counted(start_server):
    """A stopped server reads nothing: its buffer runs over and the kernel counts."""
    server = start_server()
    body = HEADER + json.dumps({**document(1), "user": "u" * 60_000}).encode()
    sent = 3000
    server.process.send_signal(19)  # SIGSTOP
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(sent):
            sender.sendto(body, (server.host, server.port))
    server.process.send_signal(18)  # SIGCONT
    eventually(lambda: ended(server).get('received_total{transport="udp"}') == sent)
    server.settle()
    counted = ended(server)
    assert counted['dropped_total{reason="kernel_buffer_full",transport="udp"}'] > 0
    assert counted['stored_total{transport="udp"}'] == 1
    check_ledger(server.metrics())


def test_a_terminated_server_keeps_the_datagrams_that_had_arrived(start_server):
    server = start_server()
    for number in range(50):
        server.send_datagram(document(number))
    server.stop()
    server = start_server(data=server.data)
    server.settle()
    status, _, body = server.post("/Traces", {"TraceIds": [document(49)["trace_id"]]})
    assert status == 200
    assert [trace["Id"] for trace in body["Traces"]] == [document(49)["trace_id"]]
