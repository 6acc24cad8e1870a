"""Work on a thread beside: the engine works outside of Python's lock."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def aside(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Begin `work`; the block gets what waits for its result, or raises its error."""
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(work).result
