"""Times and lengths of time as people type them."""

import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w|\Z)")
_EPOCH = re.compile(r"\d+(\.\d+)?")
_SECONDS = {"": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class LengthOfTime(click.ParamType[float]):
    """`15m`, `1h30m`, `250ms`, `7d`: seconds as a float; a bare number is seconds."""

    name = "length"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds; a usage error for anything else."""
        if isinstance(value, float | int):
            return float(value)
        text = value.strip().lower()
        parts = _PART.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            self.fail(f"{value!r} is no length of time; try 90s, 15m, 1h30m or 7d")
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)


class PointInTime(click.ParamType[float]):
    """Epoch seconds, or ISO 8601 (local time where it names no zone), or `now`."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return epoch seconds; a usage error for anything else."""
        if isinstance(value, float | int):
            return float(value)
        text = value.strip()
        if text == "now":
            return time.time()
        try:
            if _EPOCH.fullmatch(text):
                return float(text)
            return datetime.fromisoformat(text).timestamp()
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is no time; try 2026-05-04T13:30, 2026-05-04T13:30:00Z, "
                "epoch seconds or now"
            )


def window_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--last`, `--start` and `--end`; `window` makes one of them."""
    for option in (
        click.option("--end", type=PointInTime(), help="End here instead of now."),
        click.option(
            "--start", type=PointInTime(), help="Begin here: ISO 8601 or epoch."
        ),
        click.option(
            "--last",
            type=LengthOfTime(),
            default="15m",
            show_default=True,
            help="How far to look back: 90s, 15m, 2h, 7d.",
        ),
    ):
        command = option(command)
    return command


def window(last: float, start: float | None, end: float | None) -> tuple[float, float]:
    """Return (start, end) in epoch seconds: the given ones, else the `last` seconds."""
    until = time.time() if end is None else end
    since = until - last if start is None else start
    if since > until:
        raise click.UsageError("--start lies after --end")
    return since, until
