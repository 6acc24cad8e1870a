"""What a filter selects, worked out in plain Python over documents.

Written from the rules of the language alone: it knows nothing of rows, columns or SQL,
and shares the parsed expression with the compiler, no more. Times are whole
microseconds, so that no rounding stands between the two.
"""

import json
from functools import cached_property

from filters.causes_oracle import causes_of
from fluoro.filters.syntax import (
    And,
    Cause,
    CauseJson,
    Compare,
    Constant,
    Edge,
    Not,
    Or,
    Service,
)

RESOURCES = {
    "DynamoDB": ("table_name", "AWS::DynamoDB::Table"),
    "S3": ("bucket_name", "AWS::S3::Bucket"),
    "SQS": ("queue_url", "AWS::SQS::Queue"),
    "SNS": ("topic_arn", "AWS::SNS"),
    "Lambda": ("function_name", "AWS::Lambda"),
}


def us(seconds):
    return round(seconds * 1_000_000)


class Part:
    """A segment or subsegment: its JSON, and where it stands."""

    def __init__(self, json, *, segment, parent):
        self.json, self.segment, self.parent = json, segment, parent
        self.id = json["id"]
        self.start = us(json["start_time"])
        self.end = us(json["end_time"]) if "end_time" in json else None
        self.call = not segment and json.get("namespace") in ("aws", "remote")
        self.owner = None
        self.callees = []

    @property
    def status(self):
        return self.json.get("http", {}).get("response", {}).get("status")

    @property
    def node(self):
        json = self.json
        if self.segment:
            return json["name"], json.get("origin")
        if json["namespace"] == "aws":
            aws = json.get("aws", {})
            member, kind = RESOURCES.get(json["name"], (None, None))
            if aws.get("operation") and aws.get(member):
                return aws[member], kind
            return json["name"], f"AWS::{json['name']}"
        return json["name"], "Database::SQL" if "sql" in json else "remote"


class Trace:
    """The documents of a trace in order of receipt, `(stamp, json)`."""

    def __init__(self, documents):
        self.parts = {}
        for _, document in documents:
            self._take(document, document.get("type") != "subsegment", None)
        self.stamps = [stamp for stamp, _ in documents]
        parts = list(self.parts.values())
        for part in parts:
            part.owner = self._owner(part)
        for part in parts:
            if part.segment and part.parent in self.parts:
                self.parts[part.parent].callees.append(part)
        self.segments = [part for part in parts if part.segment]
        self.roots = sorted(
            (part for part in self.segments if not part.parent),
            key=lambda part: (part.start, part.id),
        )
        self.inferred = [
            part
            for part in parts
            if part.call and part.end is not None and part.owner and not part.callees
        ]

    def _take(self, json, segment, parent):
        known = self.parts.get(json["id"])
        if known is None or (known.end is None and "end_time" in json):
            parent = parent or json.get("parent_id")
            self.parts[json["id"]] = Part(json, segment=segment, parent=parent)
        for child in json.get("subsegments", ()):
            self._take(child, False, json["id"])

    def _owner(self, part):
        seen = set()
        while part is not None and not part.segment:
            if part.id in seen:
                return None
            seen.add(part.id)
            part = self.parts.get(part.parent)
        return part

    def clock(self, name, window):
        if name == "TraceId":
            starts = [p.start for p in self.segments or self.parts.values()]
            return min((s for s in starts if s > 0), default=min(starts))
        if name == "Event":
            return max(self.stamps)
        ends = [p.end for p in self.segments if p.end is not None]
        return max((e for e in ends if window[0] <= e < window[1]), default=None)

    @cached_property
    def causes(self):
        return causes_of(self)

    @property
    def bounds(self):
        attached = [part for part in self.parts.values() if part.owner]
        starts = [part.start for part in attached if part.start > 0]
        ends = [part.end for part in attached if part.end is not None]
        if not starts or not ends or max(ends) < min(starts):
            return None
        return max(ends) - min(starts)

    @property
    def partial(self):
        for part in self.parts.values():
            traced = part.json.get("http", {}).get("request", {}).get("traced")
            if (
                part.end is None
                or part.owner is None
                or (part.segment and part.parent and part.parent not in self.parts)
                or (traced and not part.segment and not part.callees)
            ):
                return True
        return False


def selects(expression, trace, ended=None):
    """Whether the trace is selected; `ended` limits service and edge terms."""

    match expression:
        case Constant(value):
            return value
        case Not(item):
            return not selects(item, trace, ended)
        case And(items):
            return all(selects(item, trace, ended) for item in items)
        case Or(items):
            return any(selects(item, trace, ended) for item in items)
        case Compare():
            return of_trace(expression, trace)
        case Service():
            return any(satisfies(expression, v, ended) for v in nodes(trace))
        case Edge():
            return any(satisfies(expression, v, ended) for v in edges(trace))
        case Cause(kind, level, body):
            return any(of_row(body, e) for e in elements(trace.causes[kind], level))
        case CauseJson(pattern, negated):
            return contains(pattern, trace.causes) != negated
    raise AssertionError(expression)


def matched(expression, trace, ended):
    """`MatchedService` and `MatchedEdge` of a summary by the Service clock."""
    terms = list(positive(expression))
    chosen = {Service: None, Edge: None}
    for term in terms:
        if chosen[type(term)] is None:
            chosen[type(term)] = last_selected(term, trace, ended)
    service, edge = chosen[Service], chosen[Edge]
    return {
        "MatchedService": service and shown(service["part"], "Annotations"),
        "MatchedEdge": edge
        and shown(edge["part"], "DestinationAnnotations", edge["to"]),
    }


def positive(expression, negated=False):
    """The service and edge terms that are not negated, as written."""
    if isinstance(expression, Not):
        yield from positive(expression.item, not negated)
    elif isinstance(expression, And | Or):
        for item in expression.items:
            yield from positive(item, negated)
    elif isinstance(expression, Service | Edge) and not negated:
        yield expression


def last_selected(term, trace, ended):
    views = nodes(trace) if isinstance(term, Service) else edges(trace)
    fitting = [view for view in views if satisfies(term, view, ended)]
    return max(
        fitting,
        key=lambda v: (v["part"].end, v["part"].id, v.get("to", v["part"]).id),
        default=None,
    )


def shown(part, member, annotated=None):
    def holds(keyword):
        return of_entity(Compare(keyword), part)

    members = {bool: "BooleanValue", str: "StringValue"}
    annotations = {}
    for key, value in (annotated or part).json.get("annotations", {}).items():
        typed = dict.fromkeys(("NumberValue", "BooleanValue", "StringValue"))
        name = members.get(type(value), "NumberValue")
        typed[name] = float(value) if name == "NumberValue" else value
        annotations[key] = [{"AnnotationValue": typed, "ServiceIds": None}]
    spent = part.end - part.start
    return {
        member: annotations,
        "HasFault": holds("fault"),
        "HasError": holds("error"),
        "HasThrottle": holds("throttle"),
        "ResponseTime": None if spent < 0 else round(spent / 1e6, 3),
    }


def satisfies(term, view, ended):
    """Whether a node or edge term selects an entity."""
    part = view["part"]
    if isinstance(term, Service):
        place = is_node(term.ident, view["node"], part)
    else:
        place = is_node(term.source, view["source"], view["from"]) and is_node(
            term.destination, view["target"], view["to"]
        )
    within = ended is None or (part.end is not None and ended[0] <= part.end < ended[1])
    return place and within and (term.body is None or of_row(term.body, view))


def nodes(trace):
    for part in trace.segments:
        yield {"part": part, "node": part.node, "root": not part.parent}
    for part in trace.inferred:
        yield {"part": part, "node": part.node, "root": False, "inferred": True}
    for part in trace.segments:
        if not part.parent:
            node = (part.json["name"], "client")
            yield {"part": part, "node": node, "root": False}


def edges(trace):
    for part in trace.segments:
        caller = trace.parts.get(part.parent)
        if not part.parent:
            client = (part.json["name"], "client")
            yield edge(part, client, None, part.node, part)
        elif caller is not None and caller.owner:
            seen = caller if caller.call else part
            yield edge(seen, caller.owner.node, caller.owner, part.node, part)
    for part in trace.inferred:
        found = edge(part, part.owner.node, part.owner, part.node, part)
        yield found | {"inferred": True}


def edge(seen, source, came_from, target, to):
    return {
        "part": seen,
        "source": source,
        "from": came_from or (seen if source[1] == "client" else None),
        "target": target,
        "to": to,
        "client": came_from is None,
    }


def is_node(ident, node, part):
    account = part.json.get("aws", {}).get("account_id")
    return (
        ident.name in (None, node[0])
        and ident.type in (None, node[1])
        and ident.account_id in (None, account)
    )


def of_trace(term, trace):
    root = trace.roots[0] if trace.roots else None
    match term.keyword:
        case "duration":
            return compare(term, trace.bounds, 1_000_000)
        case "partial":
            return compare(term, trace.partial)
        case "inferred":
            return compare(term, bool(trace.inferred))
        case (
            "user"
            | "availabilityzone"
            | "instance.id"
            | "resource.arn"
            | "account.id"
            | "annotation"
        ):
            return any(of_entity(term, part) for part in trace.parts.values())
    return root is not None and of_entity(term, root)


def of_row(expression, view):
    match expression:
        case Constant(value):
            return value
        case Not(item):
            return not of_row(item, view)
        case And(items):
            return all(of_row(item, view) for item in items)
        case Or(items):
            return any(of_row(item, view) for item in items)
    if "values" in view:
        scale = view["scale"] if expression.keyword == "coverage" else 1
        return compare(expression, view["values"].get(expression.keyword), scale)
    match expression.keyword:
        case "root":
            return compare(expression, view["root"])
        case "inferred":
            return compare(expression, view.get("inferred", False))
        case "name":
            return compare(expression, view["node"][0])
        case "type":
            return compare(expression, view["node"][1])
        case "source.annotation":
            return not view["client"] and of_entity(expression, view["from"])
        case "destination.annotation":
            return of_entity(expression, view["to"])
    return of_entity(expression, view["part"])


def of_entity(term, part):
    json, status = part.json, part.status or 0
    http, aws = json.get("http", {}).get("request", {}), json.get("aws", {})
    throttle = bool(json.get("throttle")) or status == 429
    error = not throttle and (bool(json.get("error")) or 400 <= status < 500)
    fault = bool(json.get("fault")) or 500 <= status < 600
    spent = None if part.end is None or part.end < part.start else part.end - part.start
    match term.keyword:
        case "ok":
            return compare(term, not (throttle or error or fault))
        case "error":
            return compare(term, error)
        case "throttle":
            return compare(term, throttle)
        case "fault":
            return compare(term, fault)
        case "partial":
            return compare(term, part.end is None)
        case "responsetime" | "duration":
            return compare(term, spent, 1_000_000)
        case "http.status":
            return compare(term, part.status)
    values = {
        "http.url": http.get("url"),
        "http.method": http.get("method"),
        "http.useragent": http.get("user_agent"),
        "http.clientip": http.get("client_ip"),
        "user": json.get("user"),
        "availabilityzone": aws.get("ec2", {}).get("availability_zone"),
        "instance.id": aws.get("ec2", {}).get("instance_id"),
        "resource.arn": json.get("resource_arn"),
        "account.id": aws.get("account_id"),
    }
    if "annotation" in term.keyword:
        return of_annotation(term, json.get("annotations", {}).get(term.key))
    return compare(term, values[term.keyword] or None)


def of_annotation(term, value):
    if value is None:
        return False
    if term.operator is None:
        return value is not False
    kinds = {bool: bool, str: str, int: float, float: float}
    if kinds[type(value)] is not type(term.value):
        return False
    return compare(term, value)


def compare(term, value, scale=1):
    if value is None:
        return False
    wanted = term.value
    if isinstance(wanted, float):
        wanted = round(wanted * scale, 6)
    match term.operator:
        case None:
            return value is not False
        case "=":
            return value == wanted
        case "!=":
            return value != wanted
        case "<":
            return value < wanted
        case "<=":
            return value <= wanted
        case ">":
            return value > wanted
        case ">=":
            return value >= wanted
        case "CONTAINS":
            return wanted in value
        case "BEGINSWITH":
            return value.startswith(wanted)
        case "ENDSWITH":
            return value.endswith(wanted)
    raise AssertionError(term)


def elements(causes, level):
    """The elements of a level, each with its values and its place in its list."""
    for cause in causes:
        services = cause["Services"]
        for service in services:
            entities = service["EntityPath"]
            for entity in entities:
                exceptions = entity.get("Exceptions", [])
                if level == "exception":
                    yield from map(element_of(exceptions), exceptions)
                elif level == "entity":
                    yield element_of(entities)(entity)
            if level == "service":
                yield element_of(services)(service)


def element_of(siblings):
    def element(found):
        index = next(n for n, other in enumerate(siblings) if other is found)
        values = {
            "name": found["Name"] or None,
            "type": found.get("Type") or None,
            "message": found.get("Message") or None,
            "remote": found.get("Remote", False),
            "inferred": found.get("Inferred", False),
            "coverage": found.get("Coverage"),
            "index": index,
            "first": index == 0,
            "last": index == len(siblings) - 1,
        }
        return {"values": values, "scale": 1}

    return element


def contains(pattern, causes):
    every = [cause for listed in causes.values() for cause in listed]
    return all(any(fits(wanted, c) for c in every) for wanted in json.loads(pattern))


def fits(wanted, found):
    """What is left out may be anything; lists match in order, with gaps."""
    if isinstance(wanted, dict):
        return all(fits(value, found.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list):
        rest = iter(found or ())
        return all(any(fits(item, other) for other in rest) for item in wanted)
    return wanted == found or (wanted is None and found == "")
