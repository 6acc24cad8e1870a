"""SIGKILL at random moments: nothing acknowledged is lost, nothing is half there."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from http.client import HTTPException

import pytest

from running import SOURCE

ROUNDS = 25


def document(rng, trace_id):
    children = [
        {
            "id": f"{rng.getrandbits(64):016x}",
            "name": "DynamoDB",
            "namespace": "aws",
            "start_time": 1.5,
            "end_time": 2,
        }
        for _ in range(3)
    ]
    return json.dumps(
        {
            "id": f"{rng.getrandbits(64):016x}",
            "trace_id": trace_id,
            "name": "n",
            "start_time": 1,
            "end_time": 2,
            "subsegments": children,
        }
    )


class Sender(threading.Thread):
    """Sends calls until the server dies and notes what it was told is safe."""

    def __init__(self, server, seed):
        super().__init__()
        self.server, self.rng = server, random.Random(seed)
        self.acknowledged = []

    def run(self):
        while True:
            ids = [f"1-6ab00000-{self.rng.getrandbits(96):024x}" for _ in range(20)]
            try:
                refused = self.server.put([document(self.rng, i) for i in ids])
            except (OSError, ValueError, HTTPException):
                return
            assert refused == []
            self.acknowledged += ids


@pytest.mark.slow
def test_no_acknowledged_document_is_lost_and_none_is_half_there(
    start_server, tmp_path
):
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    acknowledged = set()
    for number in range(ROUNDS):
        server = start_server()
        senders = [Sender(server, f"{seed}-{number}-{n}") for n in range(2)]
        for sender in senders:
            sender.start()
        time.sleep(rng.uniform(0.05, 0.5))
        server.kill()
        for sender in senders:
            sender.join()
            acknowledged.update(sender.acknowledged)
    server = start_server()
    server.settle()
    server.stop()
    assert len(acknowledged) > ROUNDS * 20
    assert_all_there(tmp_path / "data" / "store", acknowledged)


READ_STORE = """
import json, sys
from fluoro.store.engine import Engine
engine = Engine(sys.argv[1])
rows = engine.query("SELECT trace_id, count() FROM entities FINAL GROUP BY trace_id")
texts = engine.query("SELECT trace_id FROM documents FINAL")
print(json.dumps([{r.hex(): n for r, n in rows}, [r.hex() for (r,) in texts]]))
"""


def assert_all_there(path, acknowledged):
    """Read the data as it lies on the disk: every document whole, with its rows."""
    read = subprocess.run(
        [sys.executable, "-c", READ_STORE, f"chdb://{path}"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    rows, texts = json.loads(read.stdout)
    assert set(rows.values()) == {4}
    assert acknowledged <= {f"1-{digits[:8]}-{digits[8:]}" for digits in rows}
    assert sorted(texts) == sorted(rows)
