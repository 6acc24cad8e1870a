"""Root causes of a trace, worked out in plain Python from X-Ray's rules.

It reads the documents as `oracle.Trace` has them and shares no code with the server.
It writes down every way that a failure may have taken, and then chooses.
"""


def causes_of(trace):
    """The causes as GetTraceSummaries shows them, by the filter language's kinds."""
    return {
        "fault": Failures(trace, "fault").causes(),
        "error": Failures(trace, "error").causes(),
        "responsetime": slow(trace),
    }


class Step:
    """An entity on a way: a part as reported, or what a call of it led to (`far`)."""

    def __init__(self, part, far=False):
        self.part, self.far = part, far
        self.segment = far or part.segment
        self.key = (part.id, far)

    @property
    def remote(self):
        return self.part.call and not self.far


def below(trace, step):
    """The subsegments of a step, and who answered it: segments, or nobody known."""
    if step.far:
        return []
    part = step.part
    answers = [Step(callee) for callee in part.callees]
    if part in trace.inferred:
        answers.append(Step(part, far=True))
    return answers + [
        Step(other)
        for other in trace.parts.values()
        if not other.segment and other.owner and other.parent == part.id
    ]


class Failures:
    """The ways of one flag, `fault` or `error`, as it was sent."""

    def __init__(self, trace, flag):
        self.trace, self.flag = trace, flag
        self.taken = set()

    def causes(self):
        starts = [Step(segment) for segment in self.trace.segments]
        starts += [Step(call, far=True) for call in self.trace.inferred]
        starts = [s for s in starts if self.flagged(s) and self.hangs_on_no_cycle(s)]
        ways = [(start, self.best(start)) for start in starts]
        found = [
            cause(way, failed, impacting=not start.far and not start.part.parent)
            for start, way in ways
            if way and start.key not in self.taken
        ]
        return sorted(found, key=lambda c: not c["ClientImpacting"])

    def flagged(self, step):
        return step.part.json.get(self.flag) is True

    def hangs_on_no_cycle(self, step):
        seen = set()
        at = step.part.owner if step.far else step.part
        while at is not None and at.id not in seen:
            seen.add(at.id)
            caller = self.trace.parts.get(at.parent)
            at = caller and caller.owner
        return at is None

    def best(self, step):
        """The way that X-Ray shows: another service first, then by hash, of equals."""
        return min(self.ways(step), key=preference, default=None)

    def ways(self, step):
        """Every way on from a step; a failure that recorded nothing has none."""
        if step.far:
            return [[step]]
        written = step.part.json.get("cause")
        if isinstance(written, str):
            return self.led(step, written)
        ahead = [other for other in below(self.trace, step) if self.flagged(other)]
        # Whoever answers a failed entity is on its way, not the start of another.
        self.taken |= {other.key for other in ahead if other.segment}
        ways = [[step, *way] for other in ahead if (way := self.best(other))]
        return ways or ([[step]] if exceptions(step) else [])

    def led(self, step, reference):
        """A reference leads to the part below that has this exception, or nowhere."""
        for part in self.trace.parts.values():
            ids = [e["id"].lower() for e in exceptions(Step(part)) if "id" in e]
            if part.owner and not part.segment and reference.lower() in ids:
                between = self.up(part, step.part)
                if between is not None:
                    way = self.best(Step(part))
                    return [[step, *map(Step, between), *way]]
        return []

    def up(self, part, top):
        """The subsegments between two parts of one segment; None if not below."""
        between = []
        while not part.segment:
            part = self.trace.parts[part.parent]
            if part is top:
                return between[::-1]
            between.append(part)
        return None


def preference(way):
    """Order ways from one step; the recordings show a HashMap of the ids at work."""
    if len(way) == 1:
        return ()
    onward = way[1]
    crosses = any(step.segment for step in way[1:])
    part = onward.part
    return not crosses, not onward.far, bucket(part.id), part.start, part.id


def bucket(text):
    """Where Java's HashMap of 16 puts a string."""
    size = len(text)
    code = sum(ord(c) * 31 ** (size - 1 - n) for n, c in enumerate(text)) % 2**32
    return (code ^ code // 2**16) % 16


def exceptions(step):
    written = step.part.json.get("cause")
    if step.far or not isinstance(written, dict):
        return []
    # Recorded: a text in the list counts as an exception without a name.
    return [e if isinstance(e, dict) else {} for e in written["exceptions"]]


def slow(trace):
    """Down from the root, the longest that takes more than half of its time."""
    root = trace.roots[0] if trace.roots else None
    if root is None or root.end is None or root.end <= root.start:
        return []
    whole = root.end - root.start

    def spent(step):
        part = step.part
        return 0 if part.end is None else part.end - part.start

    way = [Step(root)]
    while True:
        known = {step.key for step in way}
        ahead = [s for s in below(trace, way[-1]) if s.key not in known]
        ahead = [s for s in ahead if spent(s) * 2 > whole]
        if not ahead:
            break
        way.append(
            min(ahead, key=lambda s: (-spent(s), s.part.start, not s.far, s.part.id))
        )
    if len(way) == 1:
        return []

    def took(step):
        share = round(spent(step) / whole, 6)
        return {"Name": name(step), "Coverage": share, "Remote": step.remote}

    return [cause(way, took, impacting=True)]


def name(step):
    return step.part.json["name"]


def failed(step):
    shown = [
        {"Name": e.get("type") or None, "Message": e.get("message") or None}
        for e in exceptions(step)
    ]
    return {"Name": name(step), "Exceptions": shown, "Remote": step.remote}


def cause(way, entity, *, impacting):
    services = []
    for step in way:
        if step.segment:
            node, kind = step.part.node
            head = {"Name": node, "Names": [node], "Type": kind or ""}
            head |= {"AccountId": None, "EntityPath": [], "Inferred": step.far}
            services.append(head)
        services[-1]["EntityPath"].append(entity(step))
    return {"Services": services, "ClientImpacting": impacting}
