"""The id under which one request is found in every log line."""

import re
from random import getrandbits

HEADER = "x-request-id"
SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id(proposed: str | None) -> str:
    """The client's own id where it is one (at most 64 letters, digits, ``.``, ``_`` and ``-``), else a new one."""
    if proposed is not None and SANE.fullmatch(proposed):
        return proposed
    # an id is no secret: the system is not asked for randomness each time
    return f"{getrandbits(128):032x}"
