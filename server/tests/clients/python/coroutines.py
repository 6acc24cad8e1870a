"""A program that traces coroutines; prints its trace id."""

import asyncio

from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.async_context import AsyncContext


async def work(number):
    async with xray_recorder.in_subsegment_async(f"task {number}"):
        await asyncio.sleep(0.01)


async def main():
    xray_recorder.configure(
        service="coroutines", sampling=False, context=AsyncContext()
    )
    async with xray_recorder.in_segment_async("coroutines") as segment:
        await asyncio.gather(*(work(number) for number in range(5)))
    print(segment.trace_id)


asyncio.run(main())
