"""One server on one data folder: a lock that dies with its holder.

`server.lock` in the folder is held with flock and says who holds it: JSON with `pid`
and `address`. A SIGKILL frees it.
"""

import fcntl
import json
import os
from pathlib import Path


class FolderInUseError(Exception):
    """Another process serves this folder; the text names it."""


class FolderLock:
    """Holds `folder` until `release`; raises FolderInUseError at once if it cannot."""

    def __init__(self, folder: Path, address: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = (folder / "server.lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            holder = self._file.read()
            self._file.close()
            raise FolderInUseError(_in_use(folder, holder)) from None
        self._file.truncate(0)
        self._file.write(json.dumps({"pid": os.getpid(), "address": address}))
        self._file.flush()

    def release(self) -> None:
        """Let the next server in."""
        self._file.truncate(0)
        self._file.close()


def _in_use(folder: Path, holder: str) -> str:
    try:
        found = json.loads(holder)
        who = f"process {found['pid']}, which listens on {found['address']}"
    except (ValueError, KeyError, TypeError):
        who = "another process"
    return (
        f"{folder} is in use by {who}. Stop that one, or give this one a folder of"
        " its own with --data DIR."
    )
