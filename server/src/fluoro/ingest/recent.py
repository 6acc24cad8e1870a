"""Which documents were taken in lately, to tell a repeat from a new one."""

GENERATION_MAX = 131_072


class Recent:
    """Remembers the last 131,072 to 262,144 keys; older repeats count as new."""

    def __init__(self) -> None:
        self._young: set[tuple[bytes, int]] = set()
        self._old: set[tuple[bytes, int]] = set()

    def count_known(self, keys: list[tuple[bytes, int]]) -> int:
        """Remember `keys` and return how many of them were known."""
        known = 0
        for key in keys:
            if key in self._young or key in self._old:
                known += 1
            else:
                self._young.add(key)
        if len(self._young) >= GENERATION_MAX:
            self._old, self._young = self._young, set()
        return known
