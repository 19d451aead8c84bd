"""Constant response of a given size: the cost of a response without work."""

from functools import cache

from tests.bench.contenders.pool import Json, Pool, application


@cache
def response(size: int) -> bytes:
    """Return JSON of this number of bytes."""
    frame = b'{"data":""}'
    return frame[:-2] + b"x" * (size - len(frame)) + frame[-2:]


async def answer(_pool: Pool, _operation: str, variables: Json) -> bytes:
    return response(variables["size"])


app = application(answer)
