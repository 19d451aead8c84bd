"""Responses as bytes."""

import json
import math
from typing import Any

import orjson


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
