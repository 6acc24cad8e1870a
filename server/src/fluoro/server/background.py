"""What a server does by itself: rolling up the graph, keeping its books.

A job is called again and again on a thread of its own until the server stops. One that
fails is logged and tried again later: what it keeps can be derived anew.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import structlog

from fluoro.store.engine import EngineError

log = structlog.get_logger()

Step = Callable[[], bool]
"""Does what is due; true when there is more to do at once."""

_RETRY_SECONDS = 5.0
_REST_TIMES = 4
"""How many times as long as a step took its job rests: what comes in goes first."""


@contextlib.contextmanager
def repeating(name: str, step: Step, pause_seconds: float) -> Iterator[None]:
    """Run `step` on a thread until the block ends.

    Between steps it rests `pause_seconds`, longer where steps take long, and not at all
    while more is due.
    """
    stopping = threading.Event()

    def run() -> None:
        while not stopping.is_set():
            began = time.monotonic()
            try:
                more = step()
                rest = max(pause_seconds, _REST_TIMES * (time.monotonic() - began))
                rest = 0.0 if more else rest
            except EngineError as error:
                log.warning("job_failed", job=name, error=str(error))
                rest = _RETRY_SECONDS
            if rest:
                stopping.wait(rest)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()
