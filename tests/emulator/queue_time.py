"""
One time for one call to a queue.

moto looks at the clock for each message and each count: a message that becomes visible between two looks of
one call is counted neither as visible nor as in flight, and its queue looks empty to whoever waits for that.
"""

import contextlib

import moto.sqs.models

_real_millis = moto.sqs.models.unix_time_millis


class CallTime:
    """
    Stands for moto's `unix_time_millis`. Within `held` it doesn't move; one call at a time, as the gateway
    has it.
    """

    def __init__(self):
        self._held = None

    def __call__(self):
        return _real_millis() if self._held is None else self._held

    @contextlib.contextmanager
    def held(self):
        self._held = _real_millis()
        try:
            yield
        finally:
            self._held = None


CALL_TIME = CallTime()


def install():
    """Make moto's queues look at CALL_TIME."""
    moto.sqs.models.unix_time_millis = CALL_TIME
