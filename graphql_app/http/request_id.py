"""Request id, which all log lines of a request carry."""

import re
from random import getrandbits

HEADER = "x-request-id"
SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id(proposed: str | None) -> str:
    """Return the proposed id if it is valid (1 to 64 letters, digits, ``.``, ``_`` and ``-``), else a new one."""
    if proposed is not None and SANE.fullmatch(proposed):
        return proposed
    # an id is no secret, so the system's source of randomness is not used
    return f"{getrandbits(128):032x}"
