"""Segment documents of work that only happens in simulated time.

A `Span` is a segment or subsegment under construction. Its `now` is a cursor: work and
calls move it on, and a call's end becomes its caller's present. Closing a span fills
in its end, so nested `with` blocks read like the program they pretend to be.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

Document = dict[str, Any]


@dataclass(slots=True)
class Recording:
    """One trace: what is sent, and when, in epoch seconds."""

    random: Random
    trace_id: str
    sent: list[tuple[float, Document]] = field(default_factory=list)

    def new_id(self) -> str:
        """Return 16 hex digits."""
        return f"{self.random.getrandbits(64):016x}"

    def segment(self, name: str, start: float, parent_id: str = "") -> "Span":
        """Begin a segment; it is sent when it is closed."""
        document = _begin(self, name, start)
        document["trace_id"] = self.trace_id
        if parent_id:
            document["parent_id"] = parent_id
        return Span(self, document)

    def send(self, at: float, document: Document) -> None:
        """Send a document as it is then; later changes to it do not count."""
        self.sent.append((at, dict(document)))


@dataclass(slots=True)
class Span:
    """A segment or subsegment, open from `start_time` until it is closed."""

    recording: Recording
    document: Document
    streams: bool = False
    """Whether finished subsegments are sent on their own, as SDKs do with long ones."""
    now: float = 0.0

    def __post_init__(self) -> None:
        """Begin at the start."""
        self.now = self.document["start_time"]

    @property
    def id(self) -> str:
        """The entity's id: what a callee names as its parent."""
        return str(self.document["id"])

    @property
    def status(self) -> int:
        """The HTTP status answered so far, 200 unless `respond` said otherwise."""
        response = self.document.get("http", {}).get("response", {})
        return int(response.get("status", 200))

    def work(self, median: float, spread: float = 0.5) -> None:
        """Let time pass: lognormal around `median` seconds, `spread` its sigma."""
        self.now += self.recording.random.lognormvariate(math.log(median), spread)

    def set(self, **members: Any) -> None:
        """Set members of the document."""
        self.document.update(members)

    def annotate(self, **values: str | float | bool) -> None:
        """Add annotations, which traces can be searched by."""
        self.document.setdefault("annotations", {}).update(values)

    def request(self, method: str, url: str, **members: Any) -> None:
        """Say what was asked for."""
        request = {"method": method, "url": url, **members}
        self.document.setdefault("http", {})["request"] = request

    def respond(self, status: int, length: int | None = None) -> None:
        """Say what was answered, with the flags that X-Ray's SDKs set for it."""
        response = {"status": status}
        if length is not None:
            response["content_length"] = length
        self.document.setdefault("http", {})["response"] = response
        if status >= 500:
            self.set(fault=True)
        elif status >= 400:
            self.set(error=True)
            if status == 429:
                self.set(throttle=True)

    def fail(self, kind: str, text: str, *frames: str, remote: bool = False) -> None:
        """Record an exception; a frame is `path:line label`, innermost first."""
        exception: Document = {
            "id": self.recording.new_id(),
            "type": kind,
            "message": text,
            "stack": [_frame(frame) for frame in frames],
        }
        if remote:
            exception["remote"] = True
        cause = {"working_directory": "/srv/app", "exceptions": [exception]}
        self.set(cause=cause)

    @contextmanager
    def call(self, name: str, namespace: str = "", **members: Any) -> Iterator["Span"]:
        """Open a subsegment; its end becomes this span's present."""
        document = _begin(self.recording, name, self.now)
        if namespace:
            document["namespace"] = namespace
        document.update(members)
        child = Span(self.recording, document)
        yield child
        document["end_time"] = child.now
        self.now = child.now
        if self.streams:
            own = {
                "type": "subsegment",
                "trace_id": self.recording.trace_id,
                "parent_id": self.id,
            }
            self.recording.send(child.now, document | own)
        else:
            self.document.setdefault("subsegments", []).append(document)

    def announce(self) -> None:
        """Send what is known at the start, as a document in progress."""
        self.recording.send(self.now, self.document | {"in_progress": True})

    def close(self) -> None:
        """End a segment and send it."""
        self.document["end_time"] = self.now
        self.recording.send(self.now, self.document)


def _begin(recording: Recording, name: str, start: float) -> Document:
    return {"id": recording.new_id(), "name": name, "start_time": start}


def _frame(text: str) -> Document:
    place, _, label = text.partition(" ")
    path, _, line = place.rpartition(":")
    return {"path": path, "line": int(line), "label": label}
