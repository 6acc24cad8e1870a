"""A program that traces work on threads; prints its trace id."""

from concurrent.futures import ThreadPoolExecutor

from aws_xray_sdk.core import xray_recorder

xray_recorder.configure(service="threads", sampling=False)
segment = xray_recorder.begin_segment("threads")


def work(number):
    xray_recorder.set_trace_entity(segment)
    with xray_recorder.in_subsegment(f"part {number}") as subsegment:
        subsegment.put_annotation("number", number)
    xray_recorder.clear_trace_entities()


with ThreadPoolExecutor(8) as pool:
    list(pool.map(work, range(150)))
xray_recorder.end_segment()
print(segment.trace_id)
