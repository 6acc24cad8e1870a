"""Random traces for the service graph's tests, as documents with receipts."""

import itertools

BASE = 1_790_000_000 // 86_400 * 86_400
MICRO = 1_000_000

SERVICES = [("shop", "AWS::ECS::Container"), ("cart", None), ("mail", None),
            ("fn", "AWS::Lambda"), ("fn", "AWS::Lambda::Function")]  # fmt: skip
CALLS = [
    {"name": "cart", "namespace": "remote"},
    {"name": "api.example.com", "namespace": "remote"},
    {"name": "orders@db", "namespace": "remote", "sql": {"url": "x"}},
    {"name": "DynamoDB", "namespace": "aws"},
    {
        "name": "DynamoDB",
        "namespace": "aws",
        "aws": {"operation": "GetItem", "table_name": "carts", "region": "eu-west-1"},
    },
    {
        "name": "SQS",
        "namespace": "aws",
        "aws": {"operation": "SendMessage", "queue_url": "https://sqs/q"},
    },
]
OUTCOMES = [{}, {}, {}, {"error": True}, {"fault": True}, {"throttle": True},
            {"error": True, "throttle": True}, {"fault": True, "throttle": True},
            {"http": {"response": {"status": 429}}},
            {"http": {"response": {"status": 503}}}]  # fmt: skip

CHANGES = [{"fault": True}, {"name": "mail", "origin": "AWS::Lambda"},
           {"subsegments": []}, {"links": []}]  # fmt: skip
"""What a second copy of a segment says otherwise."""

_numbers = itertools.count(1)


def entity_id():
    return f"{next(_numbers):016x}"


def trace_id():
    return f"1-{BASE:08x}-{next(_numbers):024x}"


class Maker:
    """Makes one trace: documents, each with the second it was received in."""

    def __init__(self, random, base_s, spread_s, known):
        self.random = random
        self.spread_s = spread_s
        self.base_s = base_s
        self.trace = trace_id()
        self.known = known
        self.documents = []

    def make(self):
        for _ in range(self.random.choice([1, 1, 1, 2])):
            self._segment(self._time(self.base_s), None, 0)
        return self.documents

    def _time(self, after):
        return round(after + self.random.randrange(0, 4000) / 1000 + 0.000_3, 6)

    def _send(self, document):
        at = self.base_s * MICRO + next(_numbers) % 1000 * 1000
        at += self.random.randrange(self.spread_s * 10) * MICRO // 10
        self.documents.append((document, at))

    def _entity(self, start):
        end = self._time(start)
        return {
            "id": entity_id(),
            "start_time": start,
            "end_time": end,
            **self.random.choice(OUTCOMES),
        }

    def _segment(self, start, parent, depth):
        name, origin = self.random.choice(SERVICES)
        document = {**self._entity(start), "trace_id": self.trace, "name": name}
        if origin:
            document["origin"] = origin
        if parent:
            document["parent_id"] = parent
        if self.known and self.random.random() < 0.3:
            trace, entity = self.random.choice(self.known)
            document["links"] = [{"trace_id": trace, "id": entity}]
        self.known.append((self.trace, document["id"]))
        if depth < 3:
            document["subsegments"] = self._children(document, depth)
        if depth < 3 and self.random.random() < 0.2:
            self._segment(self._time(start), document["id"], depth + 1)
        self._deliver(document)

    def _deliver(self, document):
        fate = self.random.random()
        if fate < 0.15:
            early = {k: v for k, v in document.items() if k != "end_time"}
            self._send({**early, "in_progress": True, "subsegments": []})
        if 0.1 < fate < 0.9:
            self._send(document)
        if fate > 0.85:
            self._send(document)
            self._send({**document, **self.random.choice(CHANGES)})

    def _children(self, parent, depth):
        embedded = []
        for _ in range(self.random.choice([0, 1, 1, 2, 3])):
            child = self._entity(self._time(parent["start_time"]))
            call = self.random.random() < 0.7
            child |= self.random.choice(CALLS) if call else {"name": "work"}
            self.known.append((self.trace, child["id"]))
            if self.random.random() < 0.5:
                self._segment(child["start_time"], child["id"], depth + 1)
            if self.random.random() < 0.3 and depth < 2:
                child["subsegments"] = self._children(child, depth + 1)
            if self.random.random() < 0.1:
                del child["end_time"]
                child["in_progress"] = True
            if self.random.random() < 0.4:
                independent = {"type": "subsegment", "trace_id": self.trace}
                self._send({**child, **independent, "parent_id": parent["id"]})
            else:
                embedded.append(child)
        return embedded
