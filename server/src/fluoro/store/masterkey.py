"""Master keys: what wraps the keys that seal documents and secrets.

`local` is a file of 32 random bytes in base64, made when it is missing; whoever has the
data folder and this file reads everything, so it may be put elsewhere. Any other id is
AWS KMS's, reached through boto3 with the credentials of its usual places. A wrapped key
of the local file is a nonce of 12 bytes and AES-256-GCM's output.
"""

import base64
import os
import secrets
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LOCAL = "local"
KEY_BYTES = 32
_NONCE_BYTES = 12


class MasterKeyError(Exception):
    """A key is missing, not usable, or not the one that wrapped this."""


class MasterKey(Protocol):
    """Wraps keys. Raises MasterKeyError."""

    def wrap(self, plain: bytes) -> bytes:
        """Return the wrapped form of some bytes."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return what was wrapped."""


class LocalKey:
    """The key in a file; None keeps one in memory, for stores that are there too."""

    def __init__(self, path: Path | None) -> None:
        self._cipher = AESGCM(_read_or_make(path) if path else _new_key())

    def wrap(self, plain: bytes, purpose: bytes = b"") -> bytes:
        """Return a nonce and the encrypted bytes, good for this purpose only."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, purpose)

    def unwrap(self, wrapped: bytes, purpose: bytes = b"") -> bytes:
        """Return the plain bytes; raise MasterKeyError if another key wrapped them."""
        nonce, encrypted = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, encrypted, purpose)
        except (InvalidTag, ValueError):
            raise MasterKeyError(
                "the server's key file is not the one this was sealed with"
            ) from None


class KmsKey:
    """A symmetric key of AWS KMS, by id, alias or ARN."""

    def __init__(self, key_id: str, region: str | None = None) -> None:
        try:
            import boto3  # noqa: PLC0415 - an extra
        except ImportError:
            raise MasterKeyError("AWS KMS needs boto3: install fluoro[aws]") from None
        if key_id.startswith("arn:"):
            region = key_id.split(":")[3] or region
        self._key_id = key_id
        self._client = boto3.client("kms", region_name=region)

    def arn(self) -> str:
        """Return the key's ARN; raise MasterKeyError if it cannot encrypt."""
        found = self._call("describe_key", KeyId=self._key_id)["KeyMetadata"]
        spec = found.get("KeySpec") or found.get("CustomerMasterKeySpec")
        if spec != "SYMMETRIC_DEFAULT" or not found["Enabled"]:
            raise MasterKeyError(f"the key {self._key_id} is asymmetric or disabled")
        return str(found["Arn"])

    def wrap(self, plain: bytes) -> bytes:
        """Return KMS's ciphertext."""
        answer = self._call("encrypt", KeyId=self._key_id, Plaintext=plain)
        return bytes(answer["CiphertextBlob"])

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return what KMS decrypts."""
        answer = self._call("decrypt", KeyId=self._key_id, CiphertextBlob=wrapped)
        return bytes(answer["Plaintext"])

    def _call(self, name: str, **members: Any) -> Any:
        from botocore.exceptions import (  # noqa: PLC0415 - an extra
            BotoCoreError,
            ClientError,
        )

        try:
            return getattr(self._client, name)(**members)
        except (BotoCoreError, ClientError) as error:
            raise MasterKeyError(str(error)) from error


def _new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def _read_or_make(path: Path) -> bytes:
    """Return the key in the file, made readable for its owner alone if missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(_new_key()) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(made, path)  # of two servers that start at once, one makes it
        except FileExistsError:
            pass
        finally:
            made.unlink()
        text = path.read_bytes()
    try:
        key = base64.b64decode(text, validate=False)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise MasterKeyError(
            f"{path} does not hold a key of {KEY_BYTES} bytes in base64"
        )
    return key
