"""Mutations with ids: each input field that takes an id is tried separately, all other values are generated."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from string import ascii_lowercase
from uuid import uuid4

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_required_input_field,
)

from tests.isolation.introspected import Introspected, named
from tests.isolation.known_records import Known

SAMPLES = {
    "color": '"#c0ffee"',
    "currency": '"EUR"',
    "email": '"new.?@example.com"',
    "password": '"something long"',
    "scopes": '"read"',
    "String": '"Something ?"',
    "Int": "3",
    "DateTime": '"2030-01-01T00:00:00Z"',
    "Decimal": '"3.00"',
    "Boolean": "true",
}
"""Values by the name of a field, or else by its type; each `?` is another number, for unique values."""
EMPTY = '""'
ARGUMENTS = ("input", "inputs")
OF_IDENTITIES = {"Organization", "Session"}
"""Types of ids that tests/identity/test_sessions.py covers: an identity has sessions and several organizations."""
KEYED = {"transferFunds", "reverseTransfer", "placeOrder", "payOrder"}
"""Mutations that require an idempotency key."""
NUMBERS = {("payOrder", "orderId"): 1, ("transferFunds", "toAccountId"): 1}
"""Index of the viewer's record to use where the first one is refused: an order that is placed, an account
other than the source of the money.
"""
Path = tuple[str, ...]
"""Location of a value in an argument, like the path of an error."""


@dataclass(frozen=True, slots=True)
class Change:
    """Mutation, and the path of an id of type ``of`` in its argument."""

    mutation: str
    path: Path
    of: str


@dataclass(frozen=True, slots=True)
class Writing:
    """Generator of arguments: records of ``own`` are used for other ids."""

    api: Introspected
    own: Known
    texts: str | None = None
    """Value of every string instead of a sample."""
    numbers: Iterator[int] = field(default_factory=count)

    def call(self, mutation: str, selected: str, path: Path | None = None, id: str = "") -> str:
        """Return a root field with this id at ``path``."""
        argument = self._argument(mutation)
        kind = self.api.mutation.fields[mutation].args[argument].type
        key = f' @idempotent(key: "{uuid4()}")' if mutation in KEYED else ""
        return f"{mutation}({argument}: {self._value(kind, argument, (), mutation, path, id)}){key} {selected}"

    def changes(self) -> Iterator[Change]:
        """Yield every mutation with every path of an id."""
        for name in self.api.mutation.fields:
            argument = self._argument(name)
            for path in _ids(self.api.mutation.fields[name].args[argument].type, argument, ()):
                if (of := type_of(self.api, name, path).name) not in OF_IDENTITIES:
                    yield Change(name, path, of)

    def _argument(self, mutation: str) -> str:
        return next(name for name in ARGUMENTS if name in self.api.mutation.fields[mutation].args)

    def _value(self, kind: GraphQLInputType, name: str, at: Path, mutation: str, path: Path | None, id: str) -> str:
        match kind:
            case GraphQLNonNull():
                return self._value(kind.of_type, name, at, mutation, path, id)
            case GraphQLList():
                return f"[{self._value(kind.of_type, name, (*at, '0'), mutation, path, id)}]"
            case GraphQLInputObjectType():
                fields = {each: kind.fields[each].type for each in _given(kind, at, path)}
                values = (
                    f"{each}: {self._value(of, each, (*at, each), mutation, path, id)}" for each, of in fields.items()
                )
                return f"{{{', '.join(values)}}}"
        if get_named_type(kind).name == "ID":
            return f'"{id if at == path else self._own(mutation, at)}"'
        return self._sample(kind, name)

    def _sample(self, kind: GraphQLInputType, name: str) -> str:
        if isinstance(kind, GraphQLEnumType):
            return str(next(iter(kind.values)))
        scalar = get_named_type(kind).name
        if scalar == "String" and self.texts is not None:
            return self.texts
        return SAMPLES.get(name, SAMPLES[scalar]).replace("?", str(next(self.numbers)))

    def _own(self, mutation: str, at: Path) -> str:
        number = NUMBERS.get((mutation, at[-1]), 0)
        records = self.own.records.get(type_of(self.api, mutation, at).name)
        return str(uuid4()) if records is None else str(records[number]["id"])


def _given(kind: GraphQLInputObjectType, at: Path, path: Path | None) -> list[str]:
    """Return the input fields that are given: the required ones, and the one on the ``path``."""
    through = path[len(at)] if path is not None and path[: len(at)] == at and len(path) > len(at) else None
    if kind.is_one_of:
        return [through or next(iter(kind.fields))]
    return [name for name, each in kind.fields.items() if name == through or is_required_input_field(each)]


def _ids(kind: GraphQLInputType, name: str, at: Path) -> Iterator[Path]:
    """Yield the paths of ids in a value of this type."""
    match kind:
        case GraphQLNonNull():
            yield from _ids(kind.of_type, name, at)
        case GraphQLList():
            yield from _ids(kind.of_type, name, (*at, "0"))
        case GraphQLInputObjectType():
            for each, inner in kind.fields.items():
                yield from _ids(inner.type, each, (*at, each))
        case _ if get_named_type(kind).name == "ID":
            yield at


def type_of(api: Introspected, mutation: str, path: Path) -> GraphQLObjectType:
    """Return the type of the record to which an id refers.

    ``id`` is the changed record's own; ``workerId`` contains the type, and ``assigneeId`` is the id of the changed
    record's ``assignee``.
    """
    name = next(each for each in reversed(path) if not each.isdecimal())
    payload = api.mutation.fields[mutation].type
    changed = list(_records(api, payload)) or [_deleted(api, mutation)]
    if name == "id":
        return _deleted(api, mutation) if "deletedId" in get_named_type(payload).fields else changed[0]
    relation = name.removesuffix("s").removesuffix("Id")
    relation_id = api.schema.type_map.get(relation[0].upper() + relation[1:])
    far = relation_id or named(next(kind.fields[relation] for kind in changed if relation in kind.fields))
    assert isinstance(far, GraphQLObjectType)
    return far


def _records(api: Introspected, payload: object) -> Iterator[GraphQLObjectType]:
    kind = get_named_type(payload)  # type: ignore[call-overload]
    assert isinstance(kind, GraphQLObjectType)
    for name, shown in kind.fields.items():
        below = named(shown)
        if isinstance(below, GraphQLObjectType):
            if api.is_record(below):
                yield below
            elif name == "results":
                yield from _records(api, below)


def _deleted(api: Introspected, mutation: str) -> GraphQLObjectType:
    kind = api.schema.type_map[mutation.lstrip(ascii_lowercase)]
    assert isinstance(kind, GraphQLObjectType)
    return kind
