"""Encoding of responses as JSON, in pieces for large ones."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from graphql_app.errors import ResponseTooLarge
from graphql_app.pacing import LEAVES, Pacer

CHARACTERS = 500
"""Characters of a text that take about as long to encode as an object."""


def encode(body: object) -> bytes:
    """Return ``body`` as JSON in UTF-8, including values that orjson rejects: large integers, deep nesting, surrogates.

    A lone surrogate cannot be written in UTF-8 and becomes U+FFFD.
    """
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        return json.dumps(_representable(body), ensure_ascii=False, separators=(",", ":")).encode()


def _representable(value: object) -> object:
    """Return ``value`` with every text and number in a form that JSON supports."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_representable(key): _representable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_representable(item) for item in value]
    return value


async def encode_response(body: object, objects: int, pacer: Pacer, most_bytes: int) -> bytes:
    """Return ``body``, which has up to ``objects`` objects, as JSON. Raises ResponseTooLarge."""
    if objects > pacer.most:
        return await PiecewiseEncoder(pacer, most_bytes).encode(body)
    encoded = encode(body)
    if len(encoded) > most_bytes:
        raise ResponseTooLarge(most_bytes)
    return encoded


class PiecewiseEncoder:
    """Encoder of a large body in pieces, each of which is taken from the budget of a pacer."""

    def __init__(self, pacer: Pacer, most_bytes: int) -> None:
        self._pacer, self._most_bytes = pacer, most_bytes
        self._pieces: list[bytes] = []
        self._length = 0

    async def encode(self, body: object) -> bytes:
        """Return the same bytes as :func:`encode`. Raises ResponseTooLarge as soon as the limit is exceeded."""
        await self._write(body)
        return b"".join(self._pieces)

    async def _write(self, value: object) -> None:
        size = encoding_work(value, self._pacer.most)
        await self._pacer.turn(size)
        if size < self._pacer.most or not isinstance(value, dict | list):
            self._put(encode(value))
        elif isinstance(value, dict):
            await self._write_object(value)
        else:
            await self._write_list(value)

    async def _write_object(self, value: Mapping[str, object]) -> None:
        for number, (key, item) in enumerate(value.items()):
            self._put(b",%b:" % encode(key) if number else b"{%b:" % encode(key))
            await self._write(item)
        self._put(b"}" if value else b"{}")

    async def _write_list(self, value: Sequence[object]) -> None:
        """Write a list. Small items are encoded together."""
        group, size, opening = list[object](), 0, b"["
        for item in value:
            more = encoding_work(item, self._pacer.most)
            if group and size + more > self._pacer.most:
                opening = await self._write_group(group, size, opening)
                group, size = [], 0
            if more < self._pacer.most:
                group.append(item)
                size += more
            else:
                self._put(opening)
                await self._write(item)
                opening = b","
        if group:
            opening = await self._write_group(group, size, opening)
        self._put(b"]" if opening == b"," else b"[]")

    async def _write_group(self, group: list[object], size: int, opening: bytes) -> bytes:
        await self._pacer.turn(size)
        self._put(opening)
        self._put(encode(group)[1:-1])
        return b","

    def _put(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._length += len(piece)
        if self._length > self._most_bytes:
            raise ResponseTooLarge(self._most_bytes)


def encoding_work(value: object, most: int) -> int:
    """Return the work of encoding ``value``, in objects, up to ``most``. A long text counts as several objects."""
    size = 0
    waiting: list[Any] = [value]  # JSON values: `type() is` below does not narrow a type
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
