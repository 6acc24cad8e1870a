"""Random traces and random expressions about them, drawn from small pools."""

from hypothesis import strategies as st

NAMES = ("front", "api", "DynamoDB", "auth")
ORIGINS = (None, "AWS::ECS::Container", "client")
TEXTS = ("", "a", 'q"uo\\te', "é/x\ny", "a%b", "10")
VALUES = ("a", 'q"uo\\te', "10", 10, 10.0, -2.5, 0, True, False, 2**53 + 1)
KEYS = ("k", "a.b", "K")
STATUSES = (None, 200, 302, 404, 429, 500, 503)
HTTP_TEXTS = ("http://a/x?q=%27", "GET", "10.0.0.1")

flags = st.sampled_from((None, None, None, False, True))


@st.composite
def entities(draw, ids, base, *, depth=0, parents=(), segment=False, standalone=False):
    """One entity's JSON; its id and its children's are added to `ids`."""
    number = len(ids) + 1
    entity_id = f"{number * 0x1111_1111_1111_1111 % 2**64:016x}"
    ids.append(entity_id)
    start = base + draw(st.integers(-1_500, 3_000)) / 1000
    entity = {
        "id": entity_id,
        "name": draw(st.sampled_from(NAMES)),
        "start_time": start,
    }
    if draw(st.integers(0, 6)):
        entity["end_time"] = start + draw(st.integers(-20, 3_000)) / 1000
    else:
        entity["in_progress"] = True
    for flag in ("error", "fault", "throttle"):
        value = draw(flags)
        if value is not None:
            entity[flag] = value
    draw_details(draw, entity)
    if segment:
        origin = draw(st.sampled_from(ORIGINS))
        if origin:
            entity["origin"] = origin
    else:
        namespace = draw(st.sampled_from((None, "remote", "aws")))
        if namespace:
            entity["namespace"] = namespace
        if draw(st.integers(0, 4)) == 0:
            entity["sql"] = {"sanitized_query": "SELECT 1"}
    if standalone:
        entity["type"] = "subsegment"
    if standalone or parents:
        entity["parent_id"] = draw(st.sampled_from((*parents, "f" * 16, entity_id)))
    draw_cause(draw, entity, number)
    if depth < 2:
        entity["subsegments"] = [
            draw(entities(ids, base, depth=depth + 1))
            for _ in range(draw(st.integers(0, 2)))
        ]
    return entity


def draw_cause(draw, entity, number):
    """Most have none; some have exceptions, some refer to another's."""
    exceptions = [
        {
            "id": f"{number:016x}",
            "type": draw(st.sampled_from(("TokenError", "E", ""))),
            "message": draw(st.sampled_from(TEXTS)),
        }
        for _ in range(draw(st.integers(0, 2)))
    ]
    reference = f"{draw(st.integers(1, 9)):016x}"
    choice = draw(st.integers(0, 9))
    if exceptions and choice > 2:
        entity["cause"] = {"exceptions": exceptions}
    elif choice == 0:
        entity["cause"] = reference


def draw_details(draw, entity):
    if draw(st.booleans()):
        http = {"request": {}, "response": {}}
        status = draw(st.sampled_from(STATUSES))
        if status:
            http["response"]["status"] = status
        for member in ("url", "method", "user_agent", "client_ip"):
            http["request"][member] = draw(st.sampled_from(HTTP_TEXTS))
        if draw(st.integers(0, 3)) == 0:
            http["request"]["traced"] = True
        entity["http"] = http
    if draw(st.booleans()):
        entity["annotations"] = draw(
            st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=3)
        )
    if draw(st.integers(0, 2)) == 0:
        entity["user"] = draw(st.sampled_from(TEXTS))
        entity["resource_arn"] = draw(st.sampled_from(TEXTS))
        entity["aws"] = {
            "account_id": draw(st.sampled_from(("1", "2"))),
            "operation": draw(st.sampled_from(("", "GetItem"))),
            "table_name": "carts",
            "ec2": {
                "instance_id": draw(st.sampled_from(TEXTS)),
                "availability_zone": "z",
            },
        }


@st.composite
def traces(draw, base):
    """The documents of a trace, in the order they are received."""
    ids: list[str] = []
    documents = (
        [draw(entities(ids, base, segment=True))] if draw(st.integers(0, 9)) else []
    )
    for _ in range(draw(st.integers(0 if documents else 1, 3))):
        if draw(st.booleans()):
            parents = tuple(ids) if draw(st.integers(0, 5)) else ()
            documents.append(draw(entities(ids, base, segment=True, parents=parents)))
        else:
            documents.append(
                draw(entities(ids, base, standalone=True, parents=tuple(ids)))
            )
    return draw(st.permutations(documents))


@st.composite
def failing_traces(draw, base):
    """Traces most of whose entities failed, at times that often are equal."""
    documents = draw(traces(base))
    waiting = list(documents)
    while waiting:
        entity = waiting.pop()
        waiting += entity.get("subsegments", ())
        entity["fault"] = draw(st.integers(0, 4)) > 0
        entity["start_time"] = base + draw(st.integers(0, 2))
        if "end_time" in entity:
            entity["end_time"] = entity["start_time"] + draw(st.integers(0, 4))
    return documents


def quoted(text):
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
    return '"' + "".join(escapes.get(c, c) for c in text) + '"'


strings = st.sampled_from((*TEXTS, *NAMES, *HTTP_TEXTS, "/x", "z", "1", "carts")).map(
    quoted
)
numbers = st.sampled_from(("0", "0.2", "1", "1.5", "-0.02", "404", "500", "10", "-2.5"))
booleans = st.sampled_from(("true", "false"))
text_operators = st.sampled_from(("=", "!=", "CONTAINS", "BEGINSWITH", "ENDSWITH"))
number_operators = st.sampled_from(("=", "!=", "<", "<=", ">", ">="))
equality = st.sampled_from(("=", "!="))

BOOLEANS = ("ok", "error", "throttle", "fault", "partial", "inferred")
NUMBERS = ("responsetime", "duration", "http.status")
STRINGS = (
    "http.url",
    "http.method",
    "http.clientip",
    "user",
    "instance.id",
    "availabilityzone",
    "resource.arn",
    "account.id",
)


def join(*parts):
    return st.tuples(*parts).map(" ".join)


def comparisons(booleans_, numbers_, strings_, annotations=("annotation",)):
    """Return plain terms over keywords of each type."""
    terms = [st.sampled_from((*booleans_, *numbers_, *strings_))]
    if booleans_:
        terms.append(join(st.sampled_from(booleans_), equality, booleans))
    if numbers_:
        terms.append(join(st.sampled_from(numbers_), number_operators, numbers))
    if strings_:
        terms.append(join(st.sampled_from(strings_), text_operators, strings))
    if annotations:
        key = st.tuples(st.sampled_from(annotations), st.sampled_from(KEYS)).map(
            lambda pair: f"{pair[0]}[{pair[1]}]"
        )
        terms += [
            key,
            join(key, text_operators, strings),
            join(key, number_operators, numbers),
            join(key, equality, booleans),
        ]
    return st.one_of(terms)


def formulas(terms):
    """Return terms joined by the connectives."""
    return st.recursive(
        terms,
        lambda inner: st.one_of(
            inner.map(lambda text: f"!({text})"),
            join(inner, st.sampled_from(("AND", "OR", "")), inner).map(
                lambda text: f"({text})"
            ),
        ),
        max_leaves=4,
    )


idents = st.one_of(
    st.sampled_from(NAMES).map(quoted),
    st.sampled_from(
        (
            'id(type: "client")',
            'id(name: "front", type: "client")',
            'id(type: "remote")',
            'id(type: "AWS::DynamoDB::Table")',
            'id(account.id: "1")',
            'id(name: "api", account.id: "2")',
        )
    ),
)
of_service = formulas(
    comparisons((*BOOLEANS, "root"), NUMBERS, (*STRINGS, "name", "type"))
)
of_edge = formulas(
    comparisons(
        BOOLEANS,
        NUMBERS,
        STRINGS,
        ("annotation", "source.annotation", "destination.annotation"),
    )
)
services = st.one_of(
    idents.map(lambda ident: f"service({ident})"),
    of_service.map(lambda body: f"service() {{ {body} }}"),
    st.tuples(idents, of_service).map(lambda t: f"service({t[0]}) {{ {t[1]} }}"),
)
edges = st.one_of(
    st.tuples(idents, idents).map(lambda t: f"edge({t[0]}, {t[1]})"),
    of_edge.map(lambda body: f"edge() {{ {body} }}"),
    st.tuples(idents, idents, of_edge).map(
        lambda t: f"edge({t[0]}, {t[1]}) {{ {t[2]} }}"
    ),
)
of_cause_service = formulas(
    st.one_of(
        comparisons(("first", "last", "inferred"), ("index",), ("name", "type"), ()),
    )
)
of_cause_entity = formulas(
    comparisons(("first", "last", "remote"), ("index",), ("name",), ())
)
of_slow_entity = formulas(comparisons(("last",), ("coverage", "index"), ("name",), ()))
of_exception = formulas(
    comparisons(("first", "last"), ("index",), ("name", "message"), ())
)
failures = st.sampled_from(("fault", "error"))
patterns = st.sampled_from(
    (
        "[{}]",
        '[{"ClientImpacting":true}]',
        '[{"ClientImpacting":false},{"ClientImpacting":true}]',
        '[{"Services":[{"Name":"front"},{"Name":"api"}]}]',
        '[{"Services":[{"Type":null,"EntityPath":[{"Name":"front"},{"Name":"auth"}]}]}]',
        '[{"Services":[{"Inferred":true,"Names":["DynamoDB"]}]}]',
        '[{"Services":[{"EntityPath":[{"Coverage":1.0},{"Remote":true}]}]}]',
        '[{"Services":[{"EntityPath":[{"Exceptions":[{"Name":"E"},{"Name":"E"}]}]}]}]',
        '[{"Services":[{"EntityPath":[{"Exceptions":[{"Message":"q\\"uo\\\\te"}]}]}]}]',
    )
)
causes = st.one_of(
    st.tuples(
        st.sampled_from(("fault", "error", "responsetime")), of_cause_service
    ).map(lambda t: f"rootcause.{t[0]}.service {{ {t[1]} }}"),
    st.tuples(failures, of_cause_entity).map(
        lambda t: f"rootcause.{t[0]}.entity {{ {t[1]} }}"
    ),
    of_slow_entity.map(lambda body: f"rootcause.responsetime.entity {{ {body} }}"),
    st.tuples(failures, of_exception).map(
        lambda t: f"rootcause.{t[0]}.exception {{ {t[1]} }}"
    ),
    st.tuples(equality, patterns).map(lambda t: f"rootcause.json {t[0]} #{t[1]}"),
)
expressions = formulas(
    st.one_of(comparisons(BOOLEANS, NUMBERS, STRINGS), services, edges)
)
causes_among_others = formulas(st.one_of(causes, services, edges))
