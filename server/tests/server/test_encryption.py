"""Encryption in a running server, judged by the files it leaves."""

import contextlib
import json
import os
import secrets
from pathlib import Path

from running import eventually

SECRETS = ("hunter2-in-metadata", "select-secret-from-accounts", "stack-frame-label")


def document():
    return {
        "id": secrets.token_hex(8),
        "name": "shop",
        "trace_id": f"1-6ab00000-{secrets.token_hex(12)}",
        "start_time": 1_790_000_000.0,
        "end_time": 1_790_000_001.0,
        "metadata": {"default": {"password": SECRETS[0]}},
        "sql": {"sanitized_query": SECRETS[1]},
        "cause": {
            "exceptions": [
                {"id": "a" * 16, "stack": [{"label": SECRETS[2], "path": "x"}]}
            ]
        },
    }


def call(server, path, **members):
    status, _, body = server.post(path, members)
    assert status == 200, body
    return body


def read(server, trace_id):
    traces = call(server, "/Traces", TraceIds=[trace_id])["Traces"]
    return [json.loads(s["Document"]) for t in traces for s in t["Segments"]]


def readable_in(folder):
    """The secrets that stand readable in any file, compressed ones aside."""
    texts = []
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # the engine merges meanwhile
                texts.append(Path(parent, name).read_bytes())
    return {secret for secret in SECRETS if any(secret.encode() in t for t in texts)}


def test_sealed_documents_are_read_back_and_stand_nowhere(start_server, tmp_path):
    server = start_server(data=tmp_path / "data")
    plain, sealed = document(), document()
    server.put([plain])
    assert readable_in(tmp_path) == set(SECRETS), "the spool is plain at first"
    server.settle()
    call(server, "/PutEncryptionConfig", Type="KMS", KeyId="local")

    server.put([sealed])
    server.settle()
    for sent in (plain, sealed):
        [found] = eventually(lambda sent=sent: read(server, sent["trace_id"]))
        assert found["metadata"] == sent["metadata"]
    server.stop()

    restarted = start_server(data=tmp_path / "data")
    [found] = read(restarted, sealed["trace_id"])
    assert found["sql"] == sealed["sql"]


def test_no_file_shows_what_was_put_while_encryption_was_on(start_server, tmp_path):
    server = start_server(data=tmp_path / "data")
    call(server, "/PutEncryptionConfig", Type="KMS", KeyId="local")
    for _ in range(20):
        server.put([document() for _ in range(50)])
        assert readable_in(tmp_path) == set()
    server.kill()
    assert readable_in(tmp_path) == set()
    restarted = start_server(data=tmp_path / "data")
    restarted.settle()
    assert readable_in(tmp_path) == set()


def test_what_is_spooled_sealed_is_moved_after_a_crash(start_server, tmp_path):
    server = start_server(data=tmp_path / "data")
    call(server, "/PutEncryptionConfig", Type="KMS", KeyId="local")
    sent = [document() for _ in range(50)]
    server.put(sent)
    server.kill()
    restarted = start_server(data=tmp_path / "data")
    restarted.settle()
    for one in sent:
        assert read(restarted, one["trace_id"])


def test_a_lost_key_file_is_told_and_nothing_is_answered(start_server, tmp_path):
    server = start_server(data=tmp_path / "data")
    call(server, "/PutEncryptionConfig", Type="KMS", KeyId="local")
    sent = document()
    server.put([sent])
    server.settle()
    server.stop()
    (tmp_path / "data" / "server.key").unlink()
    restarted = start_server(data=tmp_path / "data")
    status, _, body = restarted.post("/Traces", {"TraceIds": [sent["trace_id"]]})
    assert status == 500
    assert SECRETS[0] not in str(body)
