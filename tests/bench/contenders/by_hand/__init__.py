"""Hand-written operations: rows to dicts, relations batched by ``= ANY``, the fewest statements. No GraphQL."""

from tests.bench.contenders.by_hand.finding import FINDING
from tests.bench.contenders.by_hand.lists import LISTS
from tests.bench.contenders.by_hand.nested import NESTED
from tests.bench.contenders.by_hand.records import RECORDS
from tests.bench.contenders.by_hand.rows import Handler
from tests.bench.contenders.by_hand.writing import WRITING

READS: dict[str, Handler] = {**RECORDS, **LISTS, **NESTED, **FINDING}
WRITES: dict[str, Handler] = WRITING
