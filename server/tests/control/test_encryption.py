"""The encryption setting, with the local key and with a KMS on a real socket."""

import boto3
import pytest
from moto.server import ThreadedMotoServer

from fluoro.control.encryption import get_encryption_config, put_encryption_config
from fluoro.model.errors import InvalidRequestError
from fluoro.store.masterkey import LocalKey
from fluoro.store.sealing import Sealer, SealingError


@pytest.fixture
def kms(monkeypatch):
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    yield boto3.client("kms", region_name="us-east-1")
    server.stop()


def put(context, kind, key_id=None):
    request = {"Type": kind} | ({"KeyId": key_id} if key_id else {})
    return put_encryption_config(request, context)


def config(context):
    return get_encryption_config({}, context)["EncryptionConfig"]


def test_encryption_is_off_at_first(context, conforms):
    answer = conforms("GetEncryptionConfig", get_encryption_config({}, context))
    assert answer["EncryptionConfig"] == {
        "KeyId": None,
        "Status": "ACTIVE",
        "Type": "NONE",
    }


def test_the_local_key(context, conforms):
    answer = conforms("PutEncryptionConfig", put(context, "KMS", "alias/local"))
    local = {"KeyId": "local", "Type": "KMS"}
    assert answer["EncryptionConfig"] == {**local, "Status": "UPDATING"}
    assert config(context) == {**local, "Status": "ACTIVE"}
    put(context, "NONE")
    assert config(context)["Type"] == "NONE"


def test_a_key_goes_with_kms_and_only_with_it(context):
    for kind, key_id in (("KMS", None), ("NONE", "local")):
        with pytest.raises(InvalidRequestError, match="KeyId"):
            put(context, kind, key_id)
    assert config(context)["Type"] == "NONE"


def test_a_key_of_kms(context, kms):
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/traces", TargetKeyId=key["KeyId"])
    put(context, "KMS", "alias/traces")
    assert config(context)["KeyId"] == key["Arn"]
    sealer = Sealer(context.records, LocalKey(None))
    sealed = sealer.seal(b'{"id":"1"}')
    assert Sealer(context.records, LocalKey(None)).open(sealed) == b'{"id":"1"}'
    kms.disable_key(KeyId=key["KeyId"])
    with pytest.raises(InvalidRequestError, match="asymmetric or disabled"):
        put(context, "KMS", "alias/traces")


def test_a_key_that_cannot_be_used(context, kms):
    with pytest.raises(InvalidRequestError, match="The key cannot be used"):
        put(context, "KMS", "alias/none")
    gone = kms.create_key()["KeyMetadata"]["Arn"]
    put(context, "KMS", gone)
    other = gone[:-1] + ("0" if gone[-1] != "0" else "1")
    context.records.put("setting", "encryption", {"type": "KMS", "key_id": other})
    with pytest.raises(SealingError, match="cannot be encrypted"):
        Sealer(context.records, LocalKey(None)).seal(b"{}")
