"""Selections of whole values: all fields of a type up to the next record.

Selections are fragments, each defined once, since thousands of fields share a few dozen of them.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    is_abstract_type,
    is_leaf_type,
)

from tests.isolation.introspected import Introspected, leaves, listed_type, named, required
from tests.isolation.variants import together, variants

SPREAD = re.compile(r"\.\.\.(\w+)")


class Selections:
    """Selections on one schema. The part of a response key before a ``_`` is the field's name."""

    def __init__(self, api: Introspected) -> None:
        self._api = api
        self._fragments: dict[str, str] = {}

    def plain(self, kind: GraphQLNamedType) -> str:
        """Return the scalar fields of a record, or of the record of a union or interface."""
        if is_abstract_type(kind):
            return self._fragment("Plain", kind, lambda: self._possible(kind))
        assert isinstance(kind, GraphQLObjectType)
        return self._fragment("Plain", kind, lambda: leaves(kind))

    def whole(self, kind: GraphQLObjectType) -> str:
        """Return the scalar fields of a record, and of the records to which it leads."""
        return self._fragment("Whole", kind, lambda: self._fields(kind, every=False))

    def parts(self, kind: GraphQLNamedType, *, every: bool = False) -> str:
        """Return all fields of a type that is no record, such as a connection, and the scalar fields of its records."""
        if self._api.is_record(kind) or is_abstract_type(kind):
            return self.plain(kind)
        assert isinstance(kind, GraphQLObjectType)
        return self._fragment("Every" if every else "Some", kind, lambda: self._fields(kind, every=every))

    def field(self, name: str, field: GraphQLField, *, every: bool = False) -> Iterator[str]:
        """Return a field with its selection, with one or ``every`` variant of its arguments.

        Arguments of lists have their own probes.
        """
        below = "" if is_leaf_type(named(field)) else " " + self.parts(named(field), every=every)
        if not required(field):
            yield name + below
        if not required(field) and (not field.args or listed_type(field) or not every):
            return
        combinations = together({key: variants(each.type, _scalar, key) for key, each in field.args.items()})
        for index, arguments in enumerate(combinations if every else combinations[:1]):
            yield f"{name}_{index}: {name}({arguments}){below}"

    def document(self, fields: Iterable[str], operation: str = "query") -> str:
        """Return an operation of these fields with the required fragments."""
        text = f"{operation} {{ {' '.join(fields)} }}"
        needed: dict[str, str] = {}
        waiting = [text]
        while waiting:
            for name in SPREAD.findall(waiting.pop()):
                if name not in needed:
                    needed[name] = self._fragments[name]
                    waiting.append(needed[name])
        return "\n".join([text, *needed.values()])

    def _fragment(self, what: str, kind: GraphQLNamedType, fields: Callable[[], Iterable[str]]) -> str:
        name = f"{kind.name}{what}"
        if name not in self._fragments:
            self._fragments[name] = f"fragment {name} on {kind.name} {{ __typename {' '.join(fields())} }}"
        return f"{{ ...{name} }}"

    def _fields(self, kind: GraphQLObjectType, *, every: bool) -> Iterator[str]:
        for name, field in kind.fields.items():
            yield from self.field(name, field, every=every)

    def _possible(self, kind: GraphQLAbstractType) -> Iterator[str]:
        """Fields of the same name may have different types, so each type needs its own response key."""
        for each in self._api.schema.get_possible_types(kind):
            yield f"... on {each.name} {{ {' '.join(f'{leaf}_{each.name}: {leaf}' for leaf in leaves(each))} }}"


def _scalar(name: str) -> str:
    return SCALARS[name]


SCALARS = {
    "after": "null",
    "dryRun": "false",
    "first": "100",
    "last": "300",
    "query": '"0"',
    "timeZone": '"Europe/Berlin"',
    "weeks": "300",
}
"""Values of arguments: the rows have numbers, and times within the last 300 months."""
