"""Work on a thread beside: the engine works outside of Python's lock."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any


@contextmanager
def aside(
    work: Callable[[], Any], *then: Callable[[Any], Any]
) -> Iterator[list[Callable[[], Any]]]:
    """Begin `work`, and after it each of `then` with the result of the one before.

    The block gets what waits for the result of each, or raises its error.
    """
    with ThreadPoolExecutor(1) as thread:
        results: list[Callable[[], Any]] = [thread.submit(work).result]
        for following in then:
            before = results[-1]
            results.append(thread.submit(_follow, following, before).result)
        yield results


def _follow(work: Callable[[Any], Any], before: Callable[[], Any]) -> Any:
    return work(before())
