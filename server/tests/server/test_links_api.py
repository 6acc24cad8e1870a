"""`/api/links`: which traces link to one."""

import json
import secrets
import urllib.error

import pytest

from running import eventually

TIME = 1_780_000_000


def new_id():
    return f"1-6a18ca00-{secrets.token_hex(12)}"


def segment(trace_id, **members):
    return json.dumps(
        {
            "id": secrets.token_hex(8),
            "name": "linked",
            "trace_id": trace_id,
            "start_time": TIME,
            "end_time": TIME + 1,
            **members,
        }
    )


def linking(server, trace_id):
    return json.loads(server.get(f"/api/links?trace={trace_id}"))


def test_traces_that_link_by_any_of_their_parts(server):
    order, by_segment, by_subsegment, itself = (new_id() for _ in range(4))
    span = secrets.token_hex(8)
    within = {
        "id": secrets.token_hex(8),
        "name": "receive",
        "start_time": TIME,
        "end_time": TIME + 1,
        "links": [{"trace_id": order, "id": span}, {"trace_id": order}],
    }
    server.put([segment(by_segment, links=[{"trace_id": order, "id": span}])])
    server.put([segment(order), segment(itself, links=[{"trace_id": itself}])])
    server.put([segment(by_subsegment, subsegments=[within])])
    server.settle()
    assert linking(server, order) == {
        "TraceIds": [by_segment, by_subsegment],
        "More": False,
    }
    assert linking(server, itself) == {"TraceIds": [], "More": False}


def test_many_are_cut_and_said_to_be(server):
    order = new_id()
    documents = [segment(new_id(), links=[{"trace_id": order}]) for _ in range(101)]
    for first in range(0, 101, 50):
        server.put(documents[first : first + 50])
    found = eventually(
        lambda: linking(server, order)["More"] and linking(server, order)
    )
    assert len(set(found["TraceIds"])) == 100


def test_the_form_of_w3c_is_understood(server):
    order, worker = new_id(), new_id()
    server.put([segment(worker, links=[{"trace_id": order}])])
    server.settle()
    w3c = order.removeprefix("1-").replace("-", "")
    assert linking(server, w3c)["TraceIds"] == [worker]


@pytest.mark.parametrize("trace_id", ["", "1-2-3", "%27"])
def test_a_bad_id_is_refused(server, trace_id):
    with pytest.raises(urllib.error.HTTPError) as refused:
        server.get(f"/api/links?trace={trace_id}")
    with refused.value as answer:
        assert answer.status == 400
        assert "incorrect id format" in json.load(answer)["Message"]
