"""Sealing: what is sealed opens again, shows nothing, and cannot be changed."""

import pytest

from fluoro.store.masterkey import LOCAL, LocalKey, MasterKeyError
from fluoro.store.records import Records
from fluoro.store.sealing import CONFIG_KEY, CONFIG_KIND, MAGIC, Sealer, SealingError

TEXT = b'{"id":"1","metadata":{"secret":"hunter2"}}' * 10


@pytest.fixture
def records(engine):
    return Records(engine)


@pytest.fixture
def key_file(tmp_path):
    return tmp_path / "server.key"


def encrypt(records, kind="KMS", key_id=LOCAL):
    records.put(CONFIG_KIND, CONFIG_KEY, {"type": kind, "key_id": key_id})


def test_nothing_is_sealed_while_encryption_is_off(records):
    sealer = Sealer(records, LocalKey(None))
    assert sealer.seal(TEXT) == TEXT
    encrypt(records, "NONE", None)
    assert sealer.seal(TEXT) == TEXT
    assert sealer.open(TEXT) == TEXT


def test_a_sealed_text_opens_on_every_server_with_the_key(records, key_file):
    encrypt(records)
    sealed = Sealer(records, LocalKey(key_file)).seal(TEXT)
    assert sealed.startswith(MAGIC)
    assert b"hunter2" not in sealed
    assert len(sealed) < len(TEXT)
    other = Sealer(Records(records.engine), LocalKey(key_file))
    assert other.open(sealed) == TEXT


def test_equal_texts_are_sealed_differently(records):
    encrypt(records)
    sealer = Sealer(records, LocalKey(None))
    assert sealer.seal(TEXT) != sealer.seal(TEXT)


def test_every_changed_byte_is_noticed(records):
    encrypt(records)
    sealer = Sealer(records, LocalKey(None))
    sealed = bytearray(sealer.seal(b'{"id":"1"}'))
    for position in range(1, len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(SealingError):
            sealer.open(bytes(changed))


def test_another_key_file_opens_nothing(records, key_file, tmp_path):
    encrypt(records)
    sealed = Sealer(records, LocalKey(key_file)).seal(TEXT)
    stranger = Sealer(records, LocalKey(tmp_path / "other.key"))
    with pytest.raises(SealingError, match="key file"):
        stranger.open(sealed)


def test_a_key_file_is_private_and_kept(key_file):
    wrapped = LocalKey(key_file).wrap(b"data")
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert LocalKey(key_file).unwrap(wrapped) == b"data"
    assert [path.name for path in key_file.parent.iterdir()] == ["server.key"]
    key_file.write_text("nonsense")
    with pytest.raises(MasterKeyError, match="32 bytes"):
        LocalKey(key_file)


def test_data_keys_are_renewed_and_old_ones_still_open(records):
    encrypt(records)
    now = 0.0
    sealer = Sealer(records, LocalKey(None), clock=lambda: now)
    first = sealer.seal(TEXT)
    assert sealer.seal(TEXT)[1:17] == first[1:17]
    now = 6 * 3600.0
    second = sealer.seal(TEXT)
    assert second[1:17] != first[1:17]
    assert sealer.open(first) == sealer.open(second) == TEXT
