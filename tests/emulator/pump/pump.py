"""All pollers and functions of one configuration."""

import threading
import time

import boto3
from botocore.config import Config as ClientConfig

from ..gateway import POLLER_ACCESS_KEY
from .config import QueueMapping, ScheduleMapping
from .functions import FunctionPool
from .queue_poller import QueuePoller
from .stream_poller import StreamPoller
from .worker import Worker


class Pump:
    """A context manager: functions and pollers run within it."""

    def __init__(self, config):
        self._config = config
        self.functions = {name: FunctionPool(function, config) for name, function in config.functions.items()}
        self._pollers = {}
        self._workers = {}
        for mapping in config.mappings.values():
            self._add(mapping)

    def __enter__(self):
        try:
            for function in self.functions.values():
                function.start()
        except BaseException:
            self._stop_functions()
            raise
        for worker in self._all_workers():
            worker.start()
        return self

    def __exit__(self, *_):
        for worker in self._all_workers():
            worker.stop()
        # Ends what is in flight, so that no worker is waited for long.
        for function in self.functions.values():
            function.kill()
        for worker in self._all_workers():
            worker.join()
        self._stop_functions()

    def enable(self, mapping, enabled):
        """Switch a mapping on or off; a batch in flight is finished."""
        for worker in self._workers[mapping]:
            worker.enable(enabled)

    def wait_until_quiet(self, seconds=0.5, timeout=30.0):
        """
        Until no enabled mapping has had anything to do for so long; raises TimeoutError. What waits for its
        visibility timeout is not seen, nor is what a disabled mapping leaves.
        """
        deadline = time.monotonic() + timeout
        while self.quiet_seconds() < seconds:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not quiet within {timeout:g} s: {self.status()['mappings']}")
            time.sleep(0.02)

    def quiet_seconds(self):
        return min(
            (worker.quiet_seconds for worker in self._all_workers() if worker.enabled), default=float("inf")
        )

    def status(self):
        return {
            "functions": {name: function.status() for name, function in self.functions.items()},
            "mappings": {name: self._mapping_status(name) for name in self._workers},
            "quiet_seconds": round(min(self.quiet_seconds(), 1e9), 3),
        }

    def _mapping_status(self, name):
        workers, poller = self._workers[name], self._pollers.get(name)
        counts = {
            key: getattr(poller, key)
            for key in ("delivered", "failed", "retried", "given_up")
            if hasattr(poller, key)
        }
        trouble = next((worker.trouble for worker in workers if worker.trouble), None)
        return {"enabled": workers[0].enabled, "trouble": trouble, **counts}

    def _add(self, mapping):
        function, config = self.functions[mapping.function], self._config
        if isinstance(mapping, ScheduleMapping):
            self._workers[mapping.name] = [_schedule(mapping, function)]
            return
        if isinstance(mapping, QueueMapping):
            poller = QueuePoller(mapping, function, self._client("sqs"), config.region, config.account)
        else:
            clients = {service: self._client(service) for service in ("dynamodb", "dynamodbstreams", "sqs")}
            poller = StreamPoller(mapping, function, clients, config.region, config.account)
        count = mapping.pollers if isinstance(mapping, QueueMapping) else 1
        self._pollers[mapping.name] = poller
        self._workers[mapping.name] = [
            Worker(f"{mapping.name}-{n}", poller.poll, mapping.enabled) for n in range(count)
        ]

    def _client(self, service):
        return boto3.client(
            service,
            endpoint_url=self._config.endpoint,
            region_name=self._config.region,
            aws_access_key_id=POLLER_ACCESS_KEY,
            aws_secret_access_key="local",
            config=ClientConfig(retries={"total_max_attempts": 1}, max_pool_connections=50),
        )

    def _all_workers(self):
        return [worker for workers in self._workers.values() for worker in workers]

    def _stop_functions(self):
        stops = [threading.Thread(target=function.stop) for function in self.functions.values()]
        for stop in stops:
            stop.start()
        for stop in stops:
            stop.join()


def _schedule(mapping, function):
    """EventBridge Scheduler: the first run comes after the interval; no retries."""
    due = time.monotonic() + mapping.every

    def poll(worker):
        nonlocal due
        if time.monotonic() >= due:
            worker.busy()
            due = time.monotonic() + mapping.every
            function.invoke(mapping.event)

    return Worker(mapping.name, poll, mapping.enabled)
