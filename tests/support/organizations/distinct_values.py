"""Distinct values of each organization."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from graphql_app.viewer import Viewer
from tests.support.organizations.ids import id_of


@dataclass(frozen=True, slots=True)
class OrganizationValues:
    """Parameters of one organization. No two share a string, a time, an amount or a number."""

    word: str
    """Contained in every string."""
    organization: UUID
    currency: str
    since: datetime
    """First of its times; all are within a few days."""
    cents: Decimal
    """Last digits of all amounts."""
    number: int
    """First of its numbers."""
    rows: int
    """Number of rows in each table. The first TWINS of them have the ids of every other organization."""
    mirrored: bool = False
    """True if its links connect other twins than those of an organization without it."""

    def viewer(self, role: str = "OWNER", number: int | None = None) -> Viewer:
        """Return its user of this number with a token for this role; by default its first user of the role."""
        return Viewer(id_of("users", ROLES.index(role) if number is None else number), self.organization, role)


ROLES = ("OWNER", "MANAGER", "MEMBER")
"""Stored roles of its first users; they repeat with the next ones."""
TWINS = 5
"""Number of values of the largest enum, so that each occurs."""
ALPHA = OrganizationValues(
    word="Alpha",
    organization=id_of("organizations", 0),
    currency="AAA",
    since=datetime(2021, 3, 1, 6, 30, tzinfo=UTC),
    cents=Decimal("0.11"),
    number=1,
    rows=TWINS,
)
BRAVO = OrganizationValues(
    word="Bravo",
    organization=id_of("organizations", 1),
    currency="BBB",
    since=datetime(2014, 7, 1, 9, 45, tzinfo=UTC),
    cents=Decimal("0.77"),
    number=701,
    rows=TWINS + 2,
    mirrored=True,
)
