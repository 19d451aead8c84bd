"""Responses as bytes."""

import json
import math
from typing import Any

import orjson

from graphql_app.errors import ResponseTooLarge
from graphql_app.pacing import LEAVES, Pacer

CHARACTERS = 500
"""Of a text, which take about as long to encode as an object."""


def encode(body: Any) -> bytes:
    """``body`` as JSON in UTF-8, also what orjson refuses: integers beyond 64 bits, deep nesting, lone surrogates.

    A lone surrogate cannot be written in UTF-8 and becomes U+FFFD.
    """
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        return json.dumps(_representable(body), ensure_ascii=False, separators=(",", ":")).encode()


def _representable(value: Any) -> Any:
    """``value`` with every text and number in a form that JSON has."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_representable(key): _representable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_representable(item) for item in value]
    return value


async def encoded(body: Any, objects: int, pacer: Pacer, most_bytes: int) -> bytes:
    """``body``, which has up to so many ``objects``, as JSON. Raises ResponseTooLarge."""
    if objects > pacer.most:
        return await PiecewiseEncoder(pacer, most_bytes).encode(body)
    whole = encode(body)
    if len(whole) > most_bytes:
        raise ResponseTooLarge(most_bytes)
    return whole


class PiecewiseEncoder:
    """Encodes a large body in pieces, each of which is taken from the budget of a pacer."""

    def __init__(self, pacer: Pacer, most_bytes: int) -> None:
        self._pacer, self._most_bytes = pacer, most_bytes
        self._pieces: list[bytes] = []
        self._length = 0

    async def encode(self, body: Any) -> bytes:
        """``body`` as :func:`encode` has it. Raises ResponseTooLarge as soon as it is longer than it may be."""
        await self._write(body)
        return b"".join(self._pieces)

    async def _write(self, value: Any) -> None:
        size = measured(value, self._pacer.most)
        await self._pacer.turn(size)
        if size < self._pacer.most or not isinstance(value, dict | list):
            self._put(encode(value))
        elif isinstance(value, dict):
            await self._object(value)
        else:
            await self._list(value)

    async def _object(self, value: dict[str, Any]) -> None:
        for number, (key, item) in enumerate(value.items()):
            self._put(b",%b:" % encode(key) if number else b"{%b:" % encode(key))
            await self._write(item)
        self._put(b"}" if value else b"{}")

    async def _list(self, value: list[Any]) -> None:
        """Items that are small are encoded together."""
        group, size, opening = list[Any](), 0, b"["
        for item in value:
            more = measured(item, self._pacer.most)
            if group and size + more > self._pacer.most:
                opening = await self._group(group, size, opening)
                group, size = [], 0
            if more < self._pacer.most:
                group.append(item)
                size += more
            else:
                self._put(opening)
                await self._write(item)
                opening = b","
        if group:
            opening = await self._group(group, size, opening)
        self._put(b"]" if opening == b"," else b"[]")

    async def _group(self, group: list[Any], size: int, opening: bytes) -> bytes:
        await self._pacer.turn(size)
        self._put(opening)
        self._put(encode(group)[1:-1])
        return b","

    def _put(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._length += len(piece)
        if self._length > self._most_bytes:
            raise ResponseTooLarge(self._most_bytes)


def measured(value: Any, most: int) -> int:
    """How much work it is to encode ``value``, in objects, up to ``most``. A long text counts for several."""
    size, waiting = 0, [value]
    while waiting and size < most:
        current = waiting.pop()
        kind = type(current)
        if kind is dict:
            size += 1 + len(current) // LEAVES
            waiting.extend(current.values())
        elif kind is list:
            size += len(current) // LEAVES
            waiting.extend(current)
        elif kind is str:
            size += len(current) // CHARACTERS
    return min(size, most)
