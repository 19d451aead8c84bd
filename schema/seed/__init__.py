"""Generated organizations: a demo, or a million tasks for measurements. The same arguments give the same data."""

from graphql_app.identity.seed import DEMO_PASSWORD, NotEmpty, Progress, is_empty
from schema.seed.demo import OWNER_EMAIL
from schema.seed.organizations import Sizes
from schema.seed.seeding import seed

__all__ = ["DEMO_PASSWORD", "OWNER_EMAIL", "NotEmpty", "Progress", "Sizes", "is_empty", "seed"]
