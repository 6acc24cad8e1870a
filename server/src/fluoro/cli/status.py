"""How a request went: its letter (never colour alone) and its colour, as X-Ray's."""

from enum import Enum
from typing import Any, Self


class Status(Enum):
    """The outcomes, worst first; green, red, yellow and purple as X-Ray paints them."""

    FAULT = ("F", "red")
    THROTTLE = ("T", "magenta")
    ERROR = ("E", "yellow")
    RUNNING = ("~", "cyan")
    OK = (" ", "green")

    @property
    def letter(self) -> str:
        """One character, a space for success."""
        return str(self.value[0])

    @property
    def style(self) -> str:
        """The name of its colour."""
        return str(self.value[1])

    @classmethod
    def of_summary(cls, summary: dict[str, Any]) -> Self:
        """Read the flags of a trace summary (its root's)."""
        return cls._first(
            fault=summary.get("HasFault"),
            throttle=summary.get("HasThrottle"),
            error=summary.get("HasError"),
            running=False,
        )

    @classmethod
    def of_document(cls, document: dict[str, Any]) -> Self:
        """Read the flags and the HTTP status of a segment or subsegment."""
        response = member(member(document, "http"), "response")
        status = response.get("status")
        status = status if isinstance(status, int) else 0
        return cls._first(
            fault=document.get("fault") or status >= 500,
            throttle=document.get("throttle") or status == 429,
            error=document.get("error") or 400 <= status < 500,
            running=document.get("in_progress"),
        )

    @classmethod
    def _first(cls, *, fault: Any, throttle: Any, error: Any, running: Any) -> Self:
        for status, present in zip(
            cls, (fault, throttle, error, running), strict=False
        ):
            if present:
                return status
        return cls(cls.OK)


def member(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an object member of a document, empty where it is none."""
    value = document.get(name)
    return value if isinstance(value, dict) else {}
