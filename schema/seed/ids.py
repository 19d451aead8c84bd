"""Reproducible identifiers: UUIDv7 from a given time and generator, while the application uses the clock."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
VERSION = 0x7 << 76
VARIANT = 0b10 << 62


def uuid7(at: datetime, random: Random) -> UUID:
    """Return a UUIDv7 (RFC 9562) of the time ``at``. Later times have greater ids, to the microsecond.

    The twelve bits after the milliseconds hold their fraction (the RFC's method 3). All other bits are random.
    """
    milliseconds, microseconds = divmod((at - EPOCH) // MICROSECOND, 1000)
    fraction = (microseconds << 12) // 1000
    return UUID(int=milliseconds << 80 | VERSION | fraction << 64 | VARIANT | random.getrandbits(62))
