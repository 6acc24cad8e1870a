"""The service graph of any documents, in plain Python, written from X-Ray's rules.

Shares no code with the store: it reads the documents as sent, finds who called whom by
walking parents, and counts. Slow and obvious.
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field

MICRO = 1_000_000
RESOURCES = {
    "DynamoDB": ("table_name", "AWS::DynamoDB::Table"),
    "S3": ("bucket_name", "AWS::S3::Bucket"),
    "SQS": ("queue_url", "AWS::SQS::Queue"),
    "SNS": ("topic_arn", "AWS::SNS"),
    "Lambda": ("function_name", "AWS::Lambda"),
}


@dataclass
class Part:
    """One version of a segment or subsegment."""

    trace: str
    id: str
    parent: str | None
    segment: bool
    received: int
    doc: dict

    @property
    def completed(self):
        return self.doc.get("end_time") is not None

    @property
    def start(self):
        return round(self.doc["start_time"] * MICRO)

    @property
    def end(self):
        return round(self.doc["end_time"] * MICRO)

    @property
    def spent(self):
        return max(self.end - self.start, 0)

    @property
    def second(self):
        return math.floor(self.doc["start_time"])

    @property
    def node(self):
        """The node a segment is, or a call leads to; None for local work."""
        doc = self.doc
        if self.segment:
            return doc["name"], doc.get("origin") or ""
        if doc.get("namespace") == "remote":
            return doc["name"], "Database::SQL" if doc.get("sql") else "remote"
        if doc.get("namespace") == "aws":
            aws = doc.get("aws") or {}
            member, kind = RESOURCES.get(doc["name"], ("", ""))
            if aws.get("operation") and aws.get(member):
                return aws[member], kind
            return doc["name"], "AWS::" + doc["name"]
        return None

    @property
    def outcome(self):
        doc = self.doc
        status = doc.get("http", {}).get("response", {}).get("status", 0)
        if doc.get("throttle") or status == 429:
            return "throttle"
        if doc.get("fault") or 500 <= status < 600:
            return "fault"
        if doc.get("error") or 400 <= status < 500:
            return "error"
        return "ok"


@dataclass
class Tally:
    """What is counted of one node or edge."""

    outcomes: Counter = field(default_factory=Counter)
    total_us: int = 0
    responses: list = field(default_factory=list)
    durations: list = field(default_factory=list)
    ages: list = field(default_factory=list)
    seconds: list = field(default_factory=list)
    aliases: set = field(default_factory=set)
    root: bool = False
    reported: bool = False

    def add(self, part, second, duration=None):
        self.outcomes[part.outcome] += 1
        self.total_us += part.spent
        self.responses.append(part.spent)
        self.durations.append(part.spent if duration is None else duration)
        self.seconds.append(second)


def parts_of(documents):
    """The version of each entity that counts: the first completed, else the latest."""
    versions = defaultdict(list)
    for doc, received in documents:
        _collect(doc, doc["trace_id"], doc.get("parent_id"), received, versions)
    parts = {}
    for key, found in versions.items():
        completed = [part for part in found if part.completed]
        if completed:
            parts[key] = min(completed, key=lambda part: part.received)
        else:
            parts[key] = max(found, key=lambda part: part.received)
    return parts


def _collect(doc, trace, parent, received, versions, *, embedded=False):
    segment = not embedded and doc.get("type") != "subsegment"
    part = Part(trace, doc["id"], parent, segment, received, doc)
    versions[trace, doc["id"]].append(part)
    for child in doc.get("subsegments", ()):
        _collect(child, trace, doc["id"], received, versions, embedded=True)


def owner_of(part, parts):
    """The segment a part belongs to, when both are completed; else None."""
    at, steps = part, 0
    while not at.segment:
        at = parts.get((part.trace, at.parent))
        steps += 1
        if at is None or steps > 128:
            return None
    return at if at.completed and part.completed else None


class Graph:
    """Tallies of nodes and edges of the documents whose clock is in a window."""

    def __init__(self, documents, start_us, end_us, *, only=None):
        self.window = start_us, end_us
        self.nodes = defaultdict(Tally)
        self.edges = defaultdict(Tally)
        parts = parts_of(documents)
        self.owners = {key: owner_of(part, parts) for key, part in parts.items()}
        self.parts = {key: part for key, part in parts.items() if self.owners[key]}
        self.answers = defaultdict(list)
        for part in self.parts.values():
            if part.segment and part.parent:
                self.answers[part.trace, part.parent].append(part)
        for key, part in self.parts.items():
            if only is None or part.trace in only:
                self._observe(key, part)

    def _inside(self, *parts):
        clock = max(part.received for part in parts)
        return self.window[0] <= clock < self.window[1]

    def _observe(self, key, part):
        owner = self.owners[key]
        answers = self.answers[key]
        if part.segment:
            self._service(part)
            self._links(part)
        if part.segment or part.node is None:
            for answer in answers:
                if self._inside(part, owner, answer):
                    self._edge(owner, answer.node, answer)
            return
        if not self._inside(part, owner):
            return
        if not answers:
            self.nodes[part.node].add(part, owner.second)
            self._edge(owner, part.node, part).reported = False
        for node in {answer.node for answer in answers}:
            self._edge(owner, node, part).aliases.add(part.node)

    def _service(self, part):
        if not self._inside(part):
            return
        attached = [
            other
            for key, other in self.parts.items()
            if self.owners[key] is part and other is not part
        ]
        outliving = [o for o in attached if o.end > part.end or o.start < part.start]
        duration = part.spent
        if outliving:
            ended = max(o.end for o in [part, *outliving])
            duration = max(ended - min(o.start for o in [part, *outliving]), 0)
        tally = self.nodes[part.node]
        tally.add(part, part.second, duration)
        tally.reported = True
        if not part.parent:
            tally.root = True
            client = self.edges["client", part.node, part.node]
            client.add(part, part.second)

    def _edge(self, owner, target, part):
        tally = self.edges["", owner.node, target]
        tally.add(part, owner.second)
        tally.root |= not owner.parent
        tally.reported = True
        return tally

    def _links(self, part):
        seen = set()
        for link in part.doc.get("links", ()):
            key = link["trace_id"], link.get("id")
            own = key[0] == part.trace and key[1] in (part.parent, part.id)
            if own or key in seen:
                continue
            seen.add(key)
            source = self.parts.get(key)
            if source is None:
                continue
            owner = self.owners[key]
            if not self._inside(part, source, owner):
                continue
            sources = {owner.node}
            if not source.segment and source.node is not None:
                sources = {a.node for a in self.answers[key]} or {source.node}
            for node in sources:
                tally = self.edges["link", node, part.node]
                tally.add(part, owner.second)
                tally.ages.append(max(part.start - source.start, 0))
                tally.root |= not owner.parent and node == owner.node
                tally.reported = True


def milliseconds(values_us):
    """A histogram: seconds rounded half up to ms, and counts, by value."""
    counts = Counter(math.floor(us / 1000 + 0.5) for us in values_us)
    return [{"Value": ms / 1000, "Count": n} for ms, n in sorted(counts.items())]


def summary(tally):
    """SummaryStatistics."""
    o = tally.outcomes
    return {
        "OkCount": o["ok"],
        "ErrorStatistics": {
            "ThrottleCount": o["throttle"],
            "OtherCount": o["error"],
            "TotalCount": o["throttle"] + o["error"],
        },
        "FaultStatistics": {"OtherCount": o["fault"], "TotalCount": o["fault"]},
        "TotalCount": sum(o.values()),
        "TotalResponseTime": math.floor(tally.total_us / 1000 + 0.5) / 1000,
    }


def service_graph(documents, start_us, end_us, only=None):
    """The whole answer of GetServiceGraph; edges of a node by their target."""
    graph = Graph(documents, start_us, end_us, only=only)
    names, bounds = {}, {}
    for (kind, source, target), tally in graph.edges.items():
        begins = (*target, True) if kind == "client" else (*source, False)
        for name in (begins, (*target, False)):
            names.setdefault(name, set())
            bounds.setdefault(name, []).extend(tally.seconds)
        names[begins].add((kind, source, target))
    for node, tally in graph.nodes.items():
        names.setdefault((*node, False), set())
        bounds[*node, False] = tally.seconds
    order = sorted(names)
    services = [
        _service(graph, name, names[name], bounds[name], order) for name in order
    ]
    return {
        "StartTime": min((s["StartTime"] for s in services), default=None),
        "EndTime": max((s["EndTime"] - 1 for s in services), default=None),
        "Services": services,
        "ContainsOldGroupVersions": False,
        "NextToken": None,
    }


def _service(graph, name, edges, seconds, order):
    node, client = name[:2], name[2]
    tally = graph.nodes.get(node, Tally())
    reported = tally.reported or any(
        (kind == "" and source == node) or (target == node and t.reported)
        for (kind, source, target), t in graph.edges.items()
    )
    root = not client and (
        tally.root
        or any(
            s == node and k != "client" and t.root
            for (k, s, _), t in graph.edges.items()
        )
    )
    if client:
        state = "unknown"
    elif reported:
        state = "active"
    else:
        state = "unknown" if node[1].startswith("AWS::") else "passive"
    times = {"StartTime": float(min(seconds)), "EndTime": float(max(seconds) + 1)}
    answers = []
    for kind, _, target in sorted(
        edges, key=lambda e: (order.index((*e[2], False)), e)
    ):
        t = graph.edges[kind, _, target]
        answers.append(
            {
                "ReferenceId": order.index((*target, False)),
                **times,
                "SummaryStatistics": summary(t),
                "ResponseTimeHistogram": milliseconds(t.responses),
                "Aliases": [
                    {"Name": n, "Names": [n], "Type": k or None}
                    for n, k in sorted(t.aliases)
                ],
                **(
                    {
                        "EdgeType": "link",
                        "ReceivedEventAgeHistogram": milliseconds(t.ages),
                    }
                    if kind == "link"
                    else {}
                ),
            }
        )
    return {
        "ReferenceId": order.index(name),
        "Name": node[0],
        "Names": [node[0]],
        "Root": True if root else None,
        "AccountId": None,
        "Type": "client" if client else node[1] or None,
        "State": state,
        **times,
        "Edges": answers,
        "SummaryStatistics": None if client else summary(tally),
        "DurationHistogram": None if client else milliseconds(tally.durations),
        "ResponseTimeHistogram": None if client else milliseconds(tally.responses),
        "HostedIn": {},
        "KeyAttributes": {},
        "Region": None,
    }


def time_series(documents, start_s, end_s, period_s, choose):
    """Rows of (label, tally or None), newest first.

    `choose(kind, source, target)` tells whether an entity counts; kind is `node`,
    `client`, `link` or empty.
    """
    rows = {}
    for label in range(start_s // 60 * 60, end_s, 60):
        if not start_s <= label < end_s:
            continue
        graph = Graph(documents, (label - 60) * MICRO, label * MICRO)
        entities = [(("node", n, None), t) for n, t in graph.nodes.items()]
        entities += graph.edges.items()
        if not entities:
            continue
        row = rows.setdefault(-(-label // period_s) * period_s, [])
        row.extend(t for key, t in entities if choose(*key))
    return [(label, tallies) for label, tallies in sorted(rows.items(), reverse=True)]
