"""Known records of an organization: every value that one of its viewers can read."""

import json
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputType, GraphQLObjectType, get_named_type

from graphql_app.viewer import Viewer
from tests.isolation.introspected import Introspected
from tests.isolation.selections import Selections
from tests.support.api import Workline

NO_RECORDS: dict[str, list[dict[str, Any]]] = {"nodes": []}
"""Answer in place of a list that the viewer may not read."""


class Known:
    """Records of each type that a viewer sees, with their scalar values."""

    def __init__(self, records: Mapping[str, list[dict[str, Any]]]) -> None:
        self.records = records

    def values(self, kind: GraphQLObjectType, field: str) -> list[Any]:
        """Return the distinct values of a field without null."""
        found = [record[field] for record in self.records[kind.name] if record[field] is not None]
        return list(dict.fromkeys(found))

    def literals(self, kind: GraphQLObjectType, field: str, of: GraphQLInputType) -> list[str]:
        """Return the same as GraphQL literals of an input type."""
        return [literal(value, of) for value in self.values(kind, field)]

    def lies_below(self, other: "Known", kind: GraphQLObjectType, field: str) -> bool | None:
        """Return True if all values of a field are less than the other's, False if greater, None if they overlap."""
        own, others = self.values(kind, field), other.values(kind, field)
        if not own or not others:
            return None
        return True if max(own) < min(others) else False if max(others) < min(own) else None

    def texts(self) -> set[str]:
        """Return every string value."""
        found = (value for records in self.records.values() for record in records for value in record.values())
        return {value for value in found if isinstance(value, str)}


def literal(value: Any, of: GraphQLInputType) -> str:
    """Return a scalar value as a GraphQL literal of an input type."""
    return str(value) if isinstance(get_named_type(of), GraphQLEnumType) else json.dumps(value)


async def known_to(workline: Workline, api: Introspected, viewer: Viewer) -> Known:
    """Query every record that ``viewer`` sees."""
    selections = Selections(api)
    fields = (f"{api.lists[kind.name]}(first: 100) {{ nodes {selections.plain(kind)} }}" for kind in api.listed)
    body = await workline.respond(selections.document(fields), viewer)
    assert {error["extensions"]["code"] for error in body.get("errors", ())} <= {"FORBIDDEN"}
    return Known({kind: (body["data"][name] or NO_RECORDS)["nodes"] for kind, name in api.lists.items()})
