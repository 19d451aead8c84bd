"""Replacement of wrk: clients that keep a connection each and send the next request after each response.

    BENCH_CALLS=file python -m tests.bench.generator http://127.0.0.1:8000 CLIENTS SECONDS

It uses three times the CPU of wrk, which affects the latencies, but not the CPU per request of the servers.
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit


def requests() -> Iterator[bytes]:
    """Return the requests of the file, in a cycle."""
    made = []
    for line in Path(os.environ["BENCH_CALLS"]).read_text().splitlines():
        token, _, body = line.partition("\t")
        bearer = f"Authorization: Bearer {token}\r\n" if token else ""
        head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += f"Accept: application/json\r\n{bearer}Content-Length: {len(body.encode())}\r\n\r\n"
        made.append((head + body).encode())
    return cycle(made)


class Client:
    """Single connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def fetch(self, request: bytes) -> bool:
        """Send a request and read the response. Return True if it succeeded."""
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        await self._reader.readexactly(length)
        return b" 200 " in head[:20]


async def main(address: str, clients: int, seconds: float) -> str:
    """Run the load and print its results in the form of post.lua."""
    source, times, failed = requests(), list[float](), 0
    place = urlsplit(address)
    end = time.perf_counter() + seconds

    async def work() -> None:
        nonlocal failed
        client = Client(*await asyncio.open_connection(place.hostname, place.port, limit=2**24))
        while (began := time.perf_counter()) < end:
            if not await client.fetch(next(source)):
                failed += 1
            times.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(clients)))
    taken = time.perf_counter() - began
    times.sort()
    half, last = (round(times[int(len(times) * share)] * 1e6) for share in (0.5, 0.99))
    return f"FIGURES {len(times)} {round(taken * 1e6)} {half} {last} {failed} 0\n"


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))
