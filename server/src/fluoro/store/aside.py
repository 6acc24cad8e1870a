"""Work on a thread beside: the engine works outside of Python's lock."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any


@contextmanager
def aside(*works: Callable[[], Any]) -> Iterator[list[Callable[[], Any]]]:
    """Begin `works`, one after the other.

    The block gets what waits for the result of each, or raises its error.
    """
    with ThreadPoolExecutor(1) as thread:
        yield [thread.submit(work).result for work in works]
