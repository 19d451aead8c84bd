"""What is known to somebody who has seen every record of an organization, to try it on another one's viewer."""

import json
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputType, GraphQLObjectType, get_named_type

from graphql_app.viewer import Viewer
from tests.isolation.introspected import Introspected
from tests.isolation.selections import Selections
from tests.support.workline import Workline


class Known:
    """The records of each type that a viewer sees, with their plain values."""

    def __init__(self, records: Mapping[str, list[dict[str, Any]]]) -> None:
        self.records = records

    def values(self, kind: GraphQLObjectType, field: str) -> list[Any]:
        """The values of a field, each once, nulls left out."""
        found = [record[field] for record in self.records[kind.name] if record[field] is not None]
        return list(dict.fromkeys(found))

    def literals(self, kind: GraphQLObjectType, field: str, of: GraphQLInputType) -> list[str]:
        """The same as GraphQL literals of an input type."""
        return [literal(value, of) for value in self.values(kind, field)]

    def lies_below(self, other: "Known", kind: GraphQLObjectType, field: str) -> bool | None:
        """Whether all values of a field are less than the other's (True) or greater (False); None when they mix."""
        own, others = self.values(kind, field), other.values(kind, field)
        if not own or not others:
            return None
        return True if max(own) < min(others) else False if max(others) < min(own) else None

    def texts(self) -> set[str]:
        """Every value that is a text."""
        found = (value for records in self.records.values() for record in records for value in record.values())
        return {value for value in found if isinstance(value, str)}


def literal(value: Any, of: GraphQLInputType) -> str:
    """A plain value as a GraphQL literal of an input type."""
    return str(value) if isinstance(get_named_type(of), GraphQLEnumType) else json.dumps(value)


async def known_to(workline: Workline, api: Introspected, viewer: Viewer) -> Known:
    """Ask for every record that ``viewer`` sees."""
    selections = Selections(api)
    fields = (f"{api.lists[kind.name]}(first: 100) {{ nodes {selections.plain(kind)} }}" for kind in api.records)
    answer = await workline.ask(selections.document(fields), viewer)
    return Known({kind: answer[name]["nodes"] for kind, name in api.lists.items()})
