"""Clients for the measurement of overload: each sends the next request after each response, and records its status.

    BENCH_CALLS=file python -m tests.bench.impatient_clients http://127.0.0.1:8000 CLIENTS SECONDS

Unlike wrk, they report the latencies of admitted and of refused requests separately. They ignore `Retry-After`.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import cast
from urllib.parse import urlsplit

from tests.bench.generator import requests

WARM_UP = 0.2
"""Share of the time whose requests are not recorded."""


class ImpatientClient(asyncio.Protocol):
    """Connection that records the seconds of each response by its status."""

    def __init__(self, source: Iterator[bytes], times: dict[str, list[float]], begin: float) -> None:
        self._source, self._times, self._begin = source, times, begin
        self._received, self._left, self._sent, self._status = b"", -1, 0.0, ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        if self._left >= 0:
            self._left -= len(data)
        else:
            self._received += data
            head, found, body = self._received.partition(b"\r\n\r\n")
            if not found:
                return
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            self._status = head[9:12].decode()
            self._left = length - len(body)
        if self._left == 0:
            now = time.perf_counter()
            if now > self._begin:
                self._times.setdefault(self._status, []).append(now - self._sent)
            self._send()

    def _send(self) -> None:
        self._received, self._left, self._sent = b"", -1, time.perf_counter()
        self._transport.write(next(self._source))


async def main(address: str, clients: int, seconds: float) -> str:
    """Run the load and return the number, the median and the 99th percentile in seconds, by status, as JSON."""
    source, times, place = requests(), dict[str, list[float]](), urlsplit(address)
    begin = time.perf_counter() + seconds * WARM_UP
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(
            lambda: ImpatientClient(source, times, begin), place.hostname or "", place.port or 80
        )
        for _ in range(clients)
    ]
    await asyncio.sleep(seconds)
    for transport, _ in made:
        transport.abort()
    measured = seconds * (1 - WARM_UP)
    return json.dumps({status: figures(found, measured) for status, found in times.items()})


def figures(found: list[float], seconds: float) -> dict[str, float]:
    """Return the figures of the responses with one status."""
    found.sort()
    half, most = (found[int(len(found) * share)] for share in (0.5, 0.99))
    return {"per_second": len(found) / seconds, "p50": half, "p99": most, "longest": found[-1]}


if __name__ == "__main__":
    with suppress(ImportError):
        import uvloop

        uvloop.install()
    sys.stdout.write(asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))
