"""Measured operations: at least two documents of every kind, by name."""

from tests.bench.operations.generated import GENERATED
from tests.bench.operations.operation import Operation
from tests.bench.operations.reads import READS
from tests.bench.operations.writes import WRITES

OPERATIONS: dict[str, Operation] = {each.name: each for each in (*READS, *WRITES, *GENERATED)}
KINDS: tuple[str, ...] = tuple(dict.fromkeys(each.kind for each in OPERATIONS.values()))
