"""Random groupings of books in GraphQL and in SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.engine.toy.models import Genre

FIELDS = {
    "TITLE": "title",
    "SUMMARY": "summary",
    "PAGES": "pages",
    "PLACE_IN_ROW": "place_in_row",
    "PRICE": "price",
    "COST": "cost",
    "GENRE": "genre",
    "LENT": "lent",
    "VERSION": "version",
}
RELATIONS = {"ORGANIZATION": "organization_id", "SHELF": "shelf_id", "AUTHOR": "author_id", "PARENT": "parent_id"}
ZONES = ["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu"]


@dataclass(frozen=True)
class Bucket:
    """Key to group by: its input, the selection of a group's ``key``, and the equivalent SQL."""

    argument: dict[str, Any]
    selection: str
    sql: str

    def shown(self, key: dict[str, Any]) -> Any:
        """Return the value of a group's key in the type of PostgreSQL's driver."""
        value = key[self.selection.split()[0]]
        if value is None:
            return None
        if "relation" in self.argument:
            return value["id"]
        if "time" in self.argument:
            return datetime.fromisoformat(value)
        return READERS.get(self.argument["field"], lambda given: given)(value)


READERS: dict[str, Callable[[Any], Any]] = {"PRICE": Decimal, "COST": Decimal, "GENRE": lambda name: Genre[name].value}


def camel(name: str) -> str:
    """Return ``placeInRow`` for ``PLACE_IN_ROW``."""
    first, *others = name.lower().split("_")
    return first + "".join(word.title() for word in others)


def by_field(name: str) -> Bucket:
    return Bucket({"field": name}, camel(name), FIELDS[name])


def by_relation(name: str) -> Bucket:
    return Bucket({"relation": name}, f"{camel(name)} {{ id }}", f"{RELATIONS[name]}::text")


def by_time(every: str, zone: str) -> Bucket:
    given = {"field": "PUBLISHED_AT", "every": every, "timeZone": zone}
    return Bucket({"time": given}, "publishedAt", f"date_trunc('{every.lower()}', published_at, '{zone}')")


buckets = st.one_of(
    st.sampled_from(sorted(FIELDS)).map(by_field),
    st.sampled_from(sorted(RELATIONS)).map(by_relation),
    st.builds(by_time, st.sampled_from(["DAY", "WEEK", "MONTH"]), st.sampled_from(ZONES)),
)
groupings = st.lists(buckets, min_size=1, max_size=3, unique_by=lambda bucket: bucket.selection)
"""Return one to three different keys to group by."""
