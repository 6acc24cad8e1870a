"""Sealing documents at the store's door, while encryption is on.

A sealed text is

    0xE1 | id of the data key, 16 bytes | nonce, 12 bytes | AES-256-GCM(zstd(text))

and 0xE1 starts no JSON, so sealed and plain texts live side by side: what was stored
before encryption was turned on stays as it was. Data keys are the records
`data-key/<id>`, wrapped by the master key. A server makes one of its own every six
hours, so that the random nonces of one key never come near their limit of 2^32.
"""

import base64
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fluoro.store.compression import compress, decompress
from fluoro.store.engine import EngineError
from fluoro.store.masterkey import LOCAL, KmsKey, LocalKey, MasterKey, MasterKeyError
from fluoro.store.records import Records

CONFIG_KIND, CONFIG_KEY = "setting", "encryption"
DATA_KEY_KIND = "data-key"
MAGIC = b"\xe1"
DATA_KEY_LIFE_S = 6 * 3600
_ID_BYTES, _NONCE_BYTES, _KEY_BYTES = 16, 12, 32
_HEAD = len(MAGIC) + _ID_BYTES + _NONCE_BYTES


class SealingError(EngineError):
    """The key cannot be used, so nothing is stored or this cannot be read."""


class Sealer:
    """Seals and opens texts as the store's encryption setting says. Thread-safe."""

    def __init__(
        self,
        records: Records,
        local: LocalKey,
        region: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.local = local
        self._records = records
        self._region = region
        self._clock = clock
        self._lock = threading.Lock()
        self._opened: dict[bytes, AESGCM] = {}
        self._present: tuple[str, bytes, float] = ("", b"", 0.0)

    def master_key(self, key_id: str) -> MasterKey:
        """Return the master key of that id; raise MasterKeyError."""
        return self.local if key_id == LOCAL else KmsKey(key_id, self._region)

    def seal(self, text: str | bytes) -> str | bytes:
        """Return the text sealed, or as it is while encryption is off.

        Raises SealingError if the key cannot be used: nothing is then stored plain.
        """
        setting = self._records.recent(CONFIG_KIND).get(CONFIG_KEY)
        if setting is None or setting.value["type"] == "NONE":
            return text
        try:
            key_id = self._present_key(setting.value["key_id"])
        except MasterKeyError as error:
            raise SealingError(f"Documents cannot be encrypted: {error}") from error
        plain = text.encode() if isinstance(text, str) else text
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = MAGIC + key_id + nonce
        return head + self._opened[key_id].encrypt(nonce, compress(plain), head)

    def open(self, stored: bytes) -> bytes:
        """Return the text of a stored document, sealed or not; raise SealingError."""
        if not stored.startswith(MAGIC):
            return stored
        head, sealed = stored[:_HEAD], stored[_HEAD:]
        key_id, nonce = head[1 : 1 + _ID_BYTES], head[1 + _ID_BYTES :]
        try:
            return decompress(self._cipher(key_id).decrypt(nonce, sealed, head))
        except MasterKeyError as error:
            raise SealingError(f"A document cannot be decrypted: {error}") from error
        except InvalidTag:
            raise SealingError("A document was changed after it was sealed") from None

    def _present_key(self, master_id: str) -> bytes:
        """Return the id of the data key in use, a new one when it is time."""
        with self._lock:
            known_master, key_id, made = self._present
            now = self._clock()
            if known_master == master_id and now - made < DATA_KEY_LIFE_S:
                return key_id
            key_id, key = (
                secrets.token_bytes(_ID_BYTES),
                secrets.token_bytes(_KEY_BYTES),
            )
            wrapped = self.master_key(master_id).wrap(key)
            value = {
                "master": master_id,
                "wrapped": base64.b64encode(wrapped).decode(),
            }
            self._records.put(DATA_KEY_KIND, key_id.hex(), value, expected=0)
            self._opened[key_id] = AESGCM(key)
            self._present = (master_id, key_id, now)
            return key_id

    def _cipher(self, key_id: bytes) -> AESGCM:
        cipher = self._opened.get(key_id)
        if cipher is None:
            record = self._records.get(DATA_KEY_KIND, key_id.hex())
            if record is None:
                raise MasterKeyError(f"the data key {key_id.hex()} is gone")
            value: dict[str, Any] = record.value
            wrapped = base64.b64decode(value["wrapped"])
            cipher = AESGCM(self.master_key(value["master"]).unwrap(wrapped))
            self._opened[key_id] = cipher
        return cipher
