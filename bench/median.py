"""The time that something takes, as the median of several."""

import statistics
import time


def median_ms(ask, times):
    """Return the median milliseconds of asking so many times, and the last answer."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        answer = ask()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), answer
