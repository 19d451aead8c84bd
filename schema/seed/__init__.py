"""Generated organizations: a demo, or a million tasks for measurements. The same arguments give the same data."""

from schema.seed.demo import DEMO_PASSWORD, OWNER_EMAIL
from schema.seed.organizations import Sizes
from schema.seed.seeding import NotEmpty, Progress, is_empty, seed

__all__ = ["DEMO_PASSWORD", "OWNER_EMAIL", "NotEmpty", "Progress", "Sizes", "is_empty", "seed"]
