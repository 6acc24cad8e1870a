"""`fluoro doctor` against a real server, and without one."""

import json


def test_a_healthy_server(fluoro, server):
    answer = fluoro("doctor", "--server", server.url, "--data", server.data)

    assert answer.exit_code == 0, answer.output
    assert f"ok   server: {server.url} answers in" in answer.stdout
    assert "ok   clock:" in answer.stdout
    assert f"ok   data folder: {server.data} (mode 700)" in answer.stdout


def test_json_has_a_finding_an_entry(fluoro, server):
    answer = fluoro("doctor", "--server", server.url, "-o", "json")

    findings = json.loads(answer.stdout)
    assert {"server", "version", "documents", "UDP receive buffer"} <= {
        finding["name"] for finding in findings
    }
    assert {tuple(finding) for finding in findings} == {
        ("name", "state", "found", "do")
    }


def test_no_server_is_exit_code_4_and_this_machine_is_looked_at(fluoro, free_port):
    answer = fluoro("doctor", "--server", f"http://127.0.0.1:{free_port}")

    assert answer.exit_code == 4
    assert "fail server: cannot reach" in answer.stdout
    assert "disk:" in answer.stdout


def test_the_loss_ledger_is_shown(fluoro, server):
    bad = json.dumps({"name": "no id"})
    fluoro("send", "-", "--server", server.url, stdin=bad)

    answer = fluoro("doctor", "--server", server.url, "--data", server.data)

    assert "warn rejected over http: " in answer.stdout
    assert "for MissingId" in answer.stdout
