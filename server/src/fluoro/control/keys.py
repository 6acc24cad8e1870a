"""Keys: the pairs that clients sign with, the record `key/<access key id>`.

A secret must be read again to check a signature, so it is not hashed but sealed by the
server's key file; it is shown once, when it is made.
"""

import base64
import re
import secrets
from dataclasses import dataclass
from typing import Any

from fluoro.control.context import Context
from fluoro.model.access import ROLES
from fluoro.model.errors import InvalidRequestError, ResourceNotFoundError
from fluoro.store.masterkey import LocalKey, MasterKeyError
from fluoro.store.records import Record, Records

KIND = "key"
_NAME = re.compile(r"[\w.@-]{1,64}")


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A key that may sign."""

    access_key_id: str
    secret: str
    name: str
    role: str


def create_key(
    request: dict[str, Any], context: Context, local: LocalKey
) -> dict[str, Any]:
    """Make a key with `Name` and `Role`; the only answer that has the secret."""
    name, role = request.get("Name"), request.get("Role")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidRequestError(
            "Name may have letters, digits and _ . @ -, 1 to 64 of them"
        )
    if role not in ROLES:
        raise InvalidRequestError(f"Role must be one of {', '.join(ROLES)}")
    access_key_id = "FLRO" + base64.b32encode(secrets.token_bytes(10)).decode()
    secret = base64.b64encode(secrets.token_bytes(30)).decode()
    sealed = local.wrap(secret.encode(), access_key_id.encode())
    value = {
        "secret": base64.b64encode(sealed).decode(),
        "name": name,
        "role": role,
        "created": float(int(context.now)),
    }
    context.records.put(KIND, access_key_id, value, expected=0)
    return {"Key": {**_answer(access_key_id, value), "SecretAccessKey": secret}}


def list_keys(_request: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return all keys by access key id, without their secrets."""
    records = context.records.list(KIND)
    return {"Keys": [_answer(record.key, record.value) for record in records]}


def revoke_key(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """Forget a key, by its access key id; it is refused within a second."""
    access_key_id = str(request.get("AccessKeyId", ""))
    if context.records.delete(KIND, access_key_id) is None:
        raise ResourceNotFoundError(
            f"Key {access_key_id} not found", ResourceName=access_key_id
        )
    return {}


class Keyring:
    """The keys as signatures are checked against them, at most a second old."""

    def __init__(self, records: Records, local: LocalKey) -> None:
        self._records = records
        self._local = local
        self._opened: dict[str, tuple[int, Key]] = {}

    def find(self, access_key_id: str) -> Key | None:
        """Return a key; None if there is none, or this server cannot open it."""
        record = self._records.recent(KIND).get(access_key_id)
        if record is None:
            return None
        known = self._opened.get(access_key_id)
        if known is not None and known[0] == record.revision:
            return known[1]
        key = self._open(record)
        if key is not None:
            self._opened[access_key_id] = (record.revision, key)
        return key

    def is_empty(self) -> bool:
        """Tell whether nobody can sign yet."""
        return not self._records.recent(KIND)

    def _open(self, record: Record) -> Key | None:
        sealed = base64.b64decode(record.value["secret"])
        try:
            secret = self._local.unwrap(sealed, record.key.encode()).decode()
        except MasterKeyError:
            return None
        return Key(record.key, secret, record.value["name"], record.value["role"])


def _answer(access_key_id: str, value: dict[str, Any]) -> dict[str, Any]:
    return {
        "AccessKeyId": access_key_id,
        "Name": value["name"],
        "Role": value["role"],
        "CreatedAt": value["created"],
    }
