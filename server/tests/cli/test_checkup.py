"""What the doctor makes of what it reads."""

import os

import pytest

from fluoro.cli import checkup
from fluoro.cli.checkup import State

METRICS = """\
# HELP fluoro_documents_received_total Documents that arrived.
# TYPE fluoro_documents_received_total counter
fluoro_documents_received_total{transport="http"} 90.0
fluoro_documents_received_total{transport="udp"} 1.2e+03
fluoro_documents_rejected_total{transport="http",reason="InvalidName"} 2.0
fluoro_documents_dropped_total{transport="udp",reason="kernel_buffer_full"} 5.0
fluoro_backlog_documents 0.0
fluoro_udp_receive_buffer_bytes 425984.0
"""


def test_losses_are_told_with_their_reason_and_what_to_do():
    metrics = checkup.read_metrics(METRICS)

    first, rejected, dropped = checkup.losses(metrics)

    assert first.state is State.FAIL
    assert first.found.startswith("1,290 received, 2 rejected, 5 dropped")
    assert (rejected.name, rejected.state) == ("rejected over http", State.WARN)
    assert "forbids" in rejected.do
    assert (dropped.name, dropped.state) == ("dropped over udp", State.FAIL)
    assert "rmem_max" in dropped.do


def test_no_losses():
    (only,) = checkup.losses(
        checkup.read_metrics('fluoro_documents_received_total{transport="udp"} 3')
    )

    assert (only.state, only.do) == (State.OK, "")


def test_nothing_received_yet():
    (only,) = checkup.losses({})

    assert only.state is State.OK
    assert "fluoro demo" in only.do


def test_a_backlog_is_told():
    *_, last = checkup.losses(checkup.read_metrics("fluoro_backlog_documents 60000"))

    assert (last.name, last.state) == ("backlog", State.WARN)


def test_a_small_receive_buffer_names_the_command():
    small = checkup.receive_buffer(checkup.read_metrics(METRICS), 212_992)
    large = checkup.receive_buffer(
        checkup.read_metrics("fluoro_udp_receive_buffer_bytes 6.7108864e+07"), 212_992
    )

    assert small.state is State.WARN
    assert "sysctl -w net.core.rmem_max=33554432" in small.do
    assert "212,992" in small.found
    assert large.state is State.OK


@pytest.mark.parametrize(
    ("skew", "state"), [(0.4, State.OK), (-30, State.WARN), (7200, State.WARN)]
)
def test_clocks(skew, state):
    assert checkup.clock(skew).state is state


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b'{"version": "1"}', State.OK),
        (b'{"version": "2"}', State.WARN),
        (b"<html>", State.FAIL),
        (b"[]", State.FAIL),
    ],
)
def test_versions(body, state):
    assert checkup.version(body, "1").state is state


def test_folders(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir(mode=0o700)
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o755)

    assert checkup.folder(mine).state is State.OK
    assert checkup.folder(open_to_all).do.startswith(f"chmod 700 {open_to_all}")
    assert checkup.folder(tmp_path / "none").state is State.WARN


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_writable(tmp_path):
    tmp_path.chmod(0o500)

    assert checkup.folder(tmp_path).state is State.FAIL


def test_the_disk_of_a_folder_that_is_not_made_yet(tmp_path):
    assert str(tmp_path) in checkup.disk(tmp_path / "a" / "b").found


@pytest.mark.parametrize(
    ("environment", "state"),
    [
        ({}, State.OK),
        ({"AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000"}, State.OK),
        ({"AWS_XRAY_DAEMON_ADDRESS": "10.0.0.1:2000"}, State.WARN),
        ({"AWS_XRAY_SDK_ENABLED": "False"}, State.WARN),
    ],
)
def test_the_sdks_variables(environment, state):
    assert checkup.sdk_environment(environment, "127.0.0.1:2000").state is state
