"""zstd, from the standard library where it has it (3.14)."""

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def compress(plain: bytes) -> bytes:
    """Return one zstd frame."""
    return zstd.compress(plain)


def decompress(packed: bytes) -> bytes:
    """Return what was compressed; only for frames this process's own kind has made."""
    return zstd.decompress(packed)
