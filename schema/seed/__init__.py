"""Made-up organizations: a demo to look around in, or a million tasks to measure with. The same ones every time."""

from schema.seed.demo import DEMO_PASSWORD, OWNER_EMAIL
from schema.seed.guards import NotEmpty, is_empty
from schema.seed.seeding import Progress, seed
from schema.seed.sizes import Sizes

__all__ = ["DEMO_PASSWORD", "OWNER_EMAIL", "NotEmpty", "Progress", "Sizes", "is_empty", "seed"]
