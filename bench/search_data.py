"""A store of many traces, made inside the engine: nine rows a trace.

`front` (root) calls `api`, which reads a DynamoDB table, asks a database and calls
`auth`. Two traces in a hundred fail at `auth`, half of those up to the root.
"""

import json
from itertools import groupby

from fluoro.model.flags import Flag
from fluoro.model.ids import format_entity_id, format_trace_id
from fluoro.store.engine import Engine

ROWS_PER_TRACE = 9
_BATCH_TRACES = 100_000

_ROOT = int(Flag.SEGMENT | Flag.ROOT)
_SEGMENT = int(Flag.SEGMENT)
_CHILD = int(Flag.EMBEDDED)
_REMOTE = int(Flag.EMBEDDED | Flag.REMOTE)
_AWS = int(Flag.EMBEDDED | Flag.AWS)
_FAULT = int(Flag.FAULT | Flag.IS_FAULT)

# Position k: parent, owner, flags, name, node name, node type, start ms, share of the
# root's time in percent. 255 stands for "none".
_SHAPE = (
    (255, 0, _ROOT, "front", "front", "AWS::EC2::Instance", 0, 100),
    (0, 0, _CHILD, "handler", "", "", 1, 95),
    (1, 0, _REMOTE, "api.internal", "api.internal", "remote", 2, 90),
    (2, 3, _SEGMENT, "api", "api", "AWS::ECS::Container", 3, 85),
    (3, 3, _CHILD, "work", "", "", 4, 80),
    (4, 3, _AWS, "DynamoDB", "carts", "AWS::DynamoDB::Table", 5, 10),
    (4, 3, _REMOTE, "shop@db", "shop@db", "Database::SQL", 6, 15),
    (4, 3, _REMOTE, "auth.internal", "auth.internal", "remote", 7, 55),
    (7, 8, _SEGMENT, "auth", "auth", "", 8, 52),
)

_INSERT = """
INSERT INTO entities (trace_id, id, parent_id, segment_id, document_id, version,
  received_us, start_us, end_us, flags, http_status, name, node_name, node_type,
  http_method, http_url, user_agent, client_ip, user, annotations, exceptions)
WITH
  {parents:Array(UInt8)} AS parents, {owners:Array(UInt8)} AS owners,
  {flags:Array(UInt16)} AS shape_flags, {names:Array(String)} AS names,
  {nodes:Array(String)} AS nodes, {types:Array(String)} AS types,
  {starts:Array(UInt32)} AS starts, {shares:Array(UInt32)} AS shares,
  intDiv(number, 9) AS i, number % 9 + 1 AS k,
  cityHash64(i, 1) AS h, cityHash64(i, 2) AS g,
  {from_us:Int64} + toInt64(i * {step_us:Float64}) AS at_us,
  100000 + h % 400000 + if(h % 97 = 0, 1500000, 0) AS root_us,
  (i % 50 = 7) AS failed, (i % 100 = 7) AS failed_up,
  failed AND k IN (8, 9) OR failed_up AS fails,
  k IN (1, 3, 4, 8, 9) AS web
SELECT
  toFixedString(concat(
    reverse(reinterpretAsFixedString(toUInt32(intDiv(at_us, 1000000)))),
    reinterpretAsFixedString(h), substring(reinterpretAsFixedString(g), 1, 4)), 16),
  cityHash64(i, k, 3),
  if(parents[k] = 255, 0, cityHash64(i, toUInt16(parents[k] + 1), 3)),
  cityHash64(i, toUInt16(owners[k] + 1), 3),
  cityHash64(i, toUInt16(owners[k] + 1), 3),
  9223372036854775808 + 4611686018427387903 - toUInt64(at_us + 1000000),
  at_us + 1000000,
  at_us + starts[k] * 1000,
  at_us + starts[k] * 1000 + intDiv(root_us * shares[k], 100),
  shape_flags[k] + if(fails AND k NOT IN (2, 5, 6, 7), {fault:UInt16}, 0),
  if(NOT web, 0, if(fails, 500, if(i % 40 = 3 AND k = 1, 404, 200))),
  names[k], nodes[k], types[k],
  if(web, 'GET', ''),
  if(web, concat('http://', names[k], '/items/', toString(g % 5000)), ''),
  if(k = 1, 'curl/8', ''), if(k = 1, '10.0.0.1', ''),
  if(k = 1, concat('user-', toString(g % 20000)), ''),
  if(k = 1, map('batch', concat('"b-', toString(i % 10000), '"'), 'tier',
      ['"gold"', '"silver"', '"free"'][1 + g % 3]),
    if(k = 5, map('rows', toString(g % 100)), map())),
  if(fails AND k IN (8, 9), [(cityHash64(i, k, 9), 'TokenError', 'expired')], [])
FROM numbers({first:UInt64} * 9, {count:UInt64} * 9)
SETTINGS max_insert_threads = 2, max_block_size = 262144
"""


_FAILED = """
SELECT trace_id, id, parent_id, segment_id, start_us, end_us, flags, name, http_status,
    exceptions.message
FROM entities WHERE trace_id IN (
    SELECT trace_id FROM entities WHERE bitAnd(flags, 16) != 0
) ORDER BY trace_id, id
"""


def add_documents(engine: Engine) -> None:
    """Add the documents of the traces that fail: root causes are found in those."""
    cells = []
    rows = engine.query(_FAILED, settings={"max_memory_usage": 4_000_000_000})
    for trace_id, group in groupby(rows, key=lambda row: row[0]):
        parts = {row[1]: _part(row) for row in group}
        for row_id, (part, parent_id, segment_id) in parts.items():
            if row_id == segment_id:
                part["trace_id"] = format_trace_id(trace_id)
                if parent_id:
                    part["parent_id"] = format_entity_id(parent_id)
            else:
                parts[parent_id][0].setdefault("subsegments", []).append(part)
        for number, (row_id, (part, _, segment_id)) in enumerate(parts.items()):
            if row_id == segment_id:
                stamp = round(part["end_time"] * 1e6) + number
                cells += (trace_id, stamp, json.dumps(part))
    engine.insert("documents", ("trace_id", "received_us", "document"), cells)


def _part(row) -> tuple[dict, int, int]:
    _, row_id, parent_id, segment_id, start, end, flags, name, status, messages = row
    part = {
        "id": format_entity_id(row_id),
        "name": name,
        "start_time": start / 1e6,
        "end_time": end / 1e6,
        "fault": bool(flags & Flag.FAULT),
    }
    if flags & Flag.REMOTE:
        part["namespace"] = "remote"
    if flags & Flag.AWS:
        part["namespace"] = "aws"
    if status:
        part["http"] = {"response": {"status": status}}
    if messages:
        part["cause"] = {"exceptions": [{"type": "TokenError", "message": messages[0]}]}
    return part, parent_id, segment_id


def fill(
    engine: Engine, traces: int, from_us: int, span_us: int, first: int = 0
) -> None:
    """Add `traces` traces, evenly over `span_us` microseconds from `from_us`.

    `first` numbers them: traces of different calls need different numbers.
    """
    step = span_us / traces
    columns = list(zip(*_SHAPE, strict=True))
    keys = ("parents", "owners", "flags", "names", "nodes", "types", "starts", "shares")
    shape = {key: list(column) for key, column in zip(keys, columns, strict=True)}
    for start in range(0, traces, _BATCH_TRACES):
        engine.command(
            _INSERT,
            {
                **shape,
                "fault": _FAULT,
                "from_us": from_us - round(first * step),
                "step_us": step,
                "first": first + start,
                "count": min(_BATCH_TRACES, traces - start),
            },
        )
