"""Delivering as Slack does, and remembering what was answered."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import queue
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field

from tests.soak.plan import Request

SECRET = "the-soak-signs-with-this"
#: Seconds that Slack waits for an answer.
PATIENCE = 3.0
#: Seconds between the tries of an event; Slack waits not at all, a minute, and five.
TRIES_AFTER = (0.0, 1.0, 3.0, 6.0)


@dataclass
class Deliveries:
    """What happened to each request. A number is in ``accepted`` if any try was answered with
    2xx in time; one that is in neither set was never posted."""

    accepted: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    counts: Counter = field(default_factory=Counter)


class Slack:
    """Posts requests to the addresses in turn, several at a time."""

    def __init__(
        self, addresses: list[str], seed: int, threads: int = 12, *, by_socket: bool = False
    ) -> None:
        self._by_socket = by_socket
        self._addresses = itertools.cycle(addresses)
        self._chance = random.Random(seed)
        self._threads = threads
        self._lock = threading.Lock()
        self.done = Deliveries()
        self.progress = 0

    def deliver(self, requests: list[Request], rate: float) -> Deliveries:
        """Post all, about ``rate`` a second, and wait for the last answer."""
        jobs: queue.Queue = queue.Queue()
        threads = [
            threading.Thread(target=self._work, args=(jobs,), daemon=True)
            for _ in range(self._threads)
        ]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        for count, request in enumerate(requests):
            if request.after:
                # People unpin what they see pinned.
                while request.after not in self.done.accepted | self.done.unsure:
                    time.sleep(0.01)
            jobs.put(request)
            ahead = began + count / rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        for _ in threads:
            jobs.put(None)
        for thread in threads:
            thread.join()
        return self.done

    def _work(self, jobs: queue.Queue) -> None:
        while (request := jobs.get()) is not None:
            accepted = self._deliver(request)
            with self._lock:
                (self.done.accepted if accepted else self.done.unsure).add(request.number)
                self.done.counts[f"request {request.kind}"] += 1
                self.progress += 1

    def _deliver(self, request: Request) -> bool:
        accepted = False
        for attempt, wait in enumerate(TRIES_AFTER if request.is_event else (0.0,)):
            time.sleep(wait)
            accepted = self._post(request, attempt)
            if accepted:
                break
        for copy in request.copies:
            time.sleep(self._chance.random())
            self.done.counts["duplicate" if copy == "same" else "duplicate, other id"] += 1
            accepted = self._post(request, 0, other_id=copy == "other id") or accepted
        return accepted

    def _post(self, request: Request, attempt: int, *, other_id: bool = False) -> bool:
        body, content_type = request.body(other_id=other_id, as_json=self._by_socket)
        timestamp = str(int(time.time()))
        digest = hmac.new(SECRET.encode(), b"v0:%s:%s" % (timestamp.encode(), body), hashlib.sha256)
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={digest.hexdigest()}",
        }
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_timeout"}
        with self._lock:
            address = next(self._addresses)
            self.done.counts["delivery"] += 1
        posted = urllib.request.Request(f"{address}/slack/{request.path}", body, headers)
        try:
            # With Socket Mode the sandbox waits that long for the acknowledgement.
            patience = PATIENCE + 1 if self._by_socket else PATIENCE
            with urllib.request.urlopen(posted, timeout=patience) as answer:
                # A form that is not taken is answered with 200 and says so.
                return b'"errors"' not in answer.read()
        except urllib.error.HTTPError as error:
            self.done.counts[f"answered {error.code}"] += 1
        except TimeoutError:
            self.done.counts["no answer in time"] += 1
        except OSError:
            self.done.counts["no connection"] += 1
        return False
