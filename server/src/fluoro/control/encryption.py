"""Encryption of stored documents: the record `setting/encryption`.

What is stored from the next second on is sealed (`store.sealing`); what was stored
before stays as it is, as in X-Ray. The columns that filters search stay readable:
names, URLs, annotations, users, times, flags.
"""

from typing import Any

from fluoro.control.context import Context
from fluoro.model.errors import InvalidRequestError
from fluoro.store.masterkey import LOCAL, KmsKey, MasterKeyError
from fluoro.store.sealing import CONFIG_KEY, CONFIG_KIND

_LOCAL_NAMES = (LOCAL, f"alias/{LOCAL}")


def get_encryption_config(_request: dict[str, Any], context: Context) -> dict[str, Any]:
    """GetEncryptionConfig."""
    record = context.records.get(CONFIG_KIND, CONFIG_KEY)
    value = record.value if record else {"type": "NONE", "key_id": None}
    return _answer(value, "ACTIVE")


def put_encryption_config(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """PutEncryptionConfig: `local` is the server's key file, other ids are AWS KMS's.

    The answer says UPDATING, every later one ACTIVE. Raises InvalidRequestError for a
    key that cannot be used.
    """
    kind, key_id = request["Type"], request.get("KeyId")
    if kind == "NONE" and key_id is not None:
        raise InvalidRequestError("KeyId must not be given for encryption type NONE")
    if kind == "KMS" and key_id is None:
        raise InvalidRequestError("KeyId is required for encryption type KMS")
    value = {"type": kind, "key_id": _checked(key_id, context)}
    context.records.put(CONFIG_KIND, CONFIG_KEY, value)
    return _answer(value, "UPDATING")


def _checked(key_id: str | None, context: Context) -> str | None:
    """Return the id under which the key is kept: `local`, or KMS's full ARN."""
    if key_id is None:
        return None
    if key_id in _LOCAL_NAMES:
        return LOCAL
    try:
        return KmsKey(key_id, context.region).arn()
    except MasterKeyError as error:
        raise InvalidRequestError(f"The key cannot be used: {error}") from error


def _answer(value: dict[str, Any], status: str) -> dict[str, Any]:
    return {
        "EncryptionConfig": {
            "KeyId": value["key_id"],
            "Status": status,
            "Type": value["type"],
        }
    }
