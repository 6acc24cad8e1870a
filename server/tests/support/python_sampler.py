"""The sampler of X-Ray's SDK for Python, as it is but for how often it asks."""

from contextlib import contextmanager
from random import Random


@contextmanager
def python_sampler(server):
    """Yield what says whether a request to a service is sampled.

    The pollers' threads never end: afterwards they have nothing to do. Calls that fail
    would take numbers from `random` between those that hypothesis draws.
    """
    from aws_xray_sdk.core import xray_recorder
    from aws_xray_sdk.core.context import Context
    from aws_xray_sdk.core.daemon_config import DaemonConfig
    from aws_xray_sdk.core.sampling.sampler import DefaultSampler

    sampler = DefaultSampler()
    sampler._random = Random(1)
    sampler._target_poller._interval = 0.2
    sampler.load_settings(DaemonConfig(server.address), Context())

    def sampled(service):
        # The SDK takes the reservoir from a rule when it loads the rule anew, also from
        # under a decision; so nothing is loaded while one is made.
        with sampler._cache._lock:
            request = {"service": service, "host": "h", "method": "GET", "path": "/"}
            return bool(sampler.should_trace(request))

    yield sampled
    sampler._target_poller._interval = 3600
    sampler._target_poller._do_work = lambda: None
    sampler._rule_poller._refresh_cache = lambda: None
    sampler._connector._xray_client.close()
    xray_recorder.emitter._socket.close()
