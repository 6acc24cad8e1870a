"""Seeded documents as a client would send them, cheap enough to make while sending.

A pool of distinct documents of about 1.35 KB with three subsegments is made once; each
use writes new ids and times into a copy, so that nothing repeats within the megabyte or
so that the store compresses at a time.
"""

import json
import random
import re
import time

DOCUMENTS_PER_CALL = 50
_SERVICES = ["front", "orders", "payments", "inventory", "auth", "search"]
_TRACE, _TIME = "{trace-id}", 1111111111.111111


def _subsegment(rng, number):
    kind = rng.choice(["dynamodb", "sql", "remote"])
    member = {
        "id": f"{number:016x}",
        "start_time": _TIME,
        "end_time": _TIME,
        "in_progress": False,
        "type": "subsegment",
        "trace_id": _TRACE,
    }
    if kind == "dynamodb":
        aws = {
            "operation": rng.choice(["GetItem", "PutItem", "Query"]),
            "table_name": rng.choice(["carts", "orders", "users"]),
            "region": "eu-west-1",
            "request_id": f"{rng.getrandbits(128):032X}",
        }
        return {**member, "name": "DynamoDB", "namespace": "aws", "aws": aws}
    if kind == "sql":
        sql = {"sanitized_query": f"SELECT * FROM t{rng.randrange(40)} WHERE id = ?"}
        return {**member, "name": "shop@db.test", "namespace": "remote", "sql": sql}
    request = {"method": "GET", "url": f"http://api.test/v1/{rng.randrange(9999)}"}
    http = {"request": request, "response": {"status": 200}}
    return {**member, "name": "api.test", "namespace": "remote", "http": http}


def _document(rng):
    status = rng.choices([200, 404, 429, 500], [95, 3, 1, 1])[0]
    page = rng.choice(["cart", "item"])
    request = {
        "method": rng.choice(["GET", "POST"]),
        "url": f"http://shop.test/{page}/{rng.randrange(99999)}",
        "user_agent": rng.choice(["curl/8.5", "Mozilla/5.0 (X11; Linux x86_64)"]),
        "client_ip": f"10.{rng.randrange(256)}.{rng.randrange(256)}.7",
    }
    return {
        "id": f"{0:016x}",
        "name": rng.choice(_SERVICES),
        "start_time": _TIME,
        "end_time": _TIME,
        "in_progress": False,
        "trace_id": _TRACE,
        "fault": status == 500,
        "error": status in (404, 429),
        "http": {"request": request, "response": {"status": status}},
        "annotations": {"customer": rng.randrange(5000), "tier": rng.choice("abc")},
        "aws": {"xray": {"sdk": "X-Ray for Python", "sdk_version": "2.15.0"}},
        "service": {"runtime": "CPython", "runtime_version": "3.11.7"},
        "subsegments": [_subsegment(rng, number) for number in (1, 2, 3)],
    }


class Load:
    """An endless supply of calls of 50 documents; `seed` names it.

    `worker` keeps the ids of several senders apart. A body is made once for each 50
    documents of the pool; sending it again patches its ids and times in place.
    """

    def __init__(self, seed=1, worker=0, pool=2000):
        rng = random.Random(seed)
        made = [_document(rng) for _ in range(pool)]
        self._bodies = [
            _Body(made[i : i + DOCUMENTS_PER_CALL])
            for i in range(0, pool, DOCUMENTS_PER_CALL)
        ]
        self._rng = random.Random(f"{seed}-{worker}")
        self._next = self._rng.randrange(len(self._bodies))

    def call(self):
        """Return the next PutTraceSegments body and the trace ids in it."""
        body = self._bodies[self._next]
        self._next = (self._next + 1) % len(self._bodies)
        return body.fill(self._rng.getrandbits, time.time())

    def documents(self):
        """Return the documents of the next call, as text."""
        return json.loads(self.call()[0])["TraceSegmentDocuments"]


class _Body:
    """A PutTraceSegments body with the places of its ids and times."""

    def __init__(self, documents):
        texts = [json.dumps(d, separators=(",", ":")) for d in documents]
        texts = [t.replace(_TRACE, "1-00000000-" + "0" * 24) for t in texts]
        self._bytes = bytearray(json.dumps({"TraceSegmentDocuments": texts}).encode())
        self._traces, self._ids, self._times = [], [], []
        for text in texts:
            start = self._bytes.index(json.dumps(text).encode())
            end = start + len(json.dumps(text))
            self._traces.append(self._find(rb"1-0{8}-0{24}", start, end))
            self._ids += self._find(rb'(?<=\\"id\\":\\")0{15}[0-3]', start, end)
            self._times.append(self._find(rb"1111111111\.111111", start, end))

    def _find(self, pattern, start, end):
        found = re.finditer(pattern, self._bytes[start:end])
        return [start + match.start() for match in found]

    def fill(self, bits, now):
        body, trace_ids = self._bytes, []
        for places, times in zip(self._traces, self._times, strict=True):
            trace_id = f"1-{int(now):08x}-{bits(96):024x}"
            trace_ids.append(trace_id)
            for place in places:
                body[place : place + 35] = trace_id.encode()
            start, end, child = (
                f"{at:.6f}".encode()
                for at in (now, now + bits(10) / 1000, now + bits(8) / 1000)
            )
            for place, at in zip(times, (start, end, *[child] * 6), strict=True):
                body[place : place + 17] = at
        identity = f"{bits(64 * 200):03200x}".encode()
        for index, place in enumerate(self._ids):
            body[place : place + 16] = identity[index * 16 : index * 16 + 16]
        return bytes(body), trace_ids
