"""Upper bounds of what an operation produces, computed from the document before the first statement.

An object of the response counts once, and once more for every 25 leaf fields that are selected of it. A list counts
with its page size, and everything selected of its items counts as often. A list is planned once, however many parents
it has. Objects of an introspection are counted apart from others, by the numbers of the schema's types and fields.

Selections are merged as they are when they are executed (:class:`Operation`), and each merged selection is counted
once: a document whose fragments spread others exponentially is counted in linear time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_introspection_type,
    parse,
)

from graphql_app.execution.introspection import INTROSPECTION, root_fields
from graphql_app.execution.introspection_cost import (
    ELSEWHERE,
    STANDARD,
    STANDARD_TIMES,
    IntrospectionPlace,
    IntrospectionSizes,
)
from graphql_app.limits import Limits
from graphql_app.pacing import LEAVES
from graphql_app.plan.selection import Budget, Operation, Unplannable, fragments_of
from graphql_app.views.fields import DEFINITION, Sizing

SELECTIONS = 20_000
"""Fields that are looked at to count an operation; one that needs more is refused."""
MOST_NAMED = 10**15
"""The largest number that an error names; it is exact in every client's JSON."""
USUAL = Sizing(("first", "last"))
"""The size of a list that does not declare one."""
MOST_BESIDE = 5_000
"""Objects of an introspection beside other fields, which is not made in a thread: about 15 microseconds each."""
META_FIELDS = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
MEASURES = {"objects": "objects", "lists": "lists", "introspected": "objects of an introspection"}
"""Measures of :class:`Cost`, and what an error calls them."""

Size = int | bool | tuple[int] | None
"""What a count depends on of a value: a number, a truth, or the length of a list in a tuple."""
VariableSizes = Callable[[str], Size]


@dataclass(frozen=True, slots=True)
class CostLimits:
    """The most objects of one operation, lists that are planned for it, and bytes of its response."""

    objects: int = 100_000
    lists: int = 50
    response_bytes: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """Upper bounds: objects of a response, and lists that are planned for it."""

    objects: int
    lists: int
    introspected: int = 0
    """Objects that describe the schema."""
    excess: tuple[str, tuple[str, ...], int, int] | None = None
    """If one of them exceeds its limit: which, the path of the field, the number and the limit."""


@dataclass(frozen=True, slots=True)
class Part:
    """A selected field that yields objects: up to ``items`` for each object that it is selected of."""

    key: str
    nodes: Sequence[Any]
    kind: GraphQLNamedType
    items: int
    lists: int
    """1 for a field that is planned as a list, else 0."""
    size: int | None
    """Items of the lists below that have no size of their own, such as the nodes of a connection."""
    place: IntrospectionPlace = ELSEWHERE
    """Of an introspection: where in it the objects are."""


class SchemaCosts:
    """Sizes of one schema that counts of operations are based on."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self.schema, self.limits = schema, limits
        self._sizes: IntrospectionSizes | None = None
        self._introspected: int | None = None

    @property
    def sizes(self) -> IntrospectionSizes:
        """The lengths of lists in an introspection, counted when they are first needed."""
        if self._sizes is None:
            self._sizes = IntrospectionSizes(self.schema)
        return self._sizes

    @property
    def introspected(self) -> int:
        """The most objects that an operation can introspect."""
        if self._introspected is None:
            document = parse(STANDARD)
            (node,) = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
            operation = Operation(self.schema, fragments_of(document), {}, Budget(SELECTIONS))
            standard = Count(operation, self, lambda _: None).result(node)
            self._introspected = STANDARD_TIMES * standard.introspected
        return self._introspected


class Count:
    """One count of one operation. ``value`` reads variables."""

    def __init__(self, operation: Operation, schema: SchemaCosts, value: VariableSizes) -> None:
        self._operation, self._schema, self._limits, self._value = operation, schema, schema.limits, value
        self._known: dict[Any, Cost] = {}

    def result(self, node: OperationDefinitionNode, limits: CostLimits | None = None) -> Cost:
        """Return the cost of the operation ``node``; with ``limits``, also what exceeds one."""
        root = Part("", [node], self._root(node), 1, 0, None)
        cost = self._each(root)
        if self._operation.budget.fields < 0:
            return replace(cost, excess=("selected fields", (), SELECTIONS + 1, SELECTIONS))
        return cost if limits is None else replace(cost, excess=self._excess(root, cost, limits))

    def _excess(self, root: Part, cost: Cost, limits: CostLimits) -> tuple[str, tuple[str, ...], int, int] | None:
        for measure, name in MEASURES.items():
            number = getattr(cost, measure)
            limit = self._most_introspected(root) if measure == "introspected" else getattr(limits, measure)
            if number > limit:
                return name, tuple(self._path(root, measure, limit)), min(number, MOST_NAMED), limit
        return None

    def _most_introspected(self, root: Part) -> int:
        is_alone = INTROSPECTION.issuperset(root_fields(root.nodes[0], self._operation.fragments))
        return self._schema.introspected if is_alone else MOST_BESIDE

    def _root(self, node: OperationDefinitionNode) -> GraphQLObjectType:
        kind = self._operation.schema.get_root_type(node.operation)
        assert kind is not None  # the document is valid
        return kind

    def _each(self, part: Part) -> Cost:
        """The cost of one item of ``part``."""
        key = (tuple(map(id, part.nodes)), part.kind.name, part.size, part.place)
        cost = self._known.get(key)
        if cost is None:
            costs = [self._object(kind, part) for kind in self._kinds(part.kind)]
            # an item is of one of the types, but there is a plan for each
            objects = max(each.objects for each in costs)
            cost = Cost(objects, sum(each.lists for each in costs), max(each.introspected for each in costs))
            self._known[key] = cost
        return cost

    def _kinds(self, kind: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        if is_abstract_type(kind):
            return self._operation.schema.get_possible_types(kind)
        assert isinstance(kind, GraphQLObjectType)
        return (kind,)

    def _object(self, kind: GraphQLObjectType, part: Part) -> Cost:
        own, parts = self._parts(kind, part)
        costs = [(each, self._each(each)) for each in parts]
        objects = sum(each.items * cost.objects for each, cost in costs)
        lists = sum(each.lists + cost.lists for each, cost in costs)
        introspected = sum(each.items * cost.introspected for each, cost in costs)
        if is_introspection_type(kind):
            return Cost(objects, lists, own + introspected)
        return Cost(own + objects, lists, introspected)

    def _parts(self, kind: GraphQLObjectType, part: Part) -> tuple[int, list[Part]]:
        """How often an object of this type counts, and the fields below that yield objects."""
        try:
            fields = self._operation.fields(part.nodes, kind)
        except Unplannable:
            return 0, []  # the field fails before it yields anything, or there are too many of them
        leaves, parts = 0, []
        for key, nodes in fields.items():
            name = nodes[0].name.value
            definition = kind.fields.get(name) or META_FIELDS.get(name)
            found = None if definition is None else self._part(key, nodes, definition, part)
            if found is not None:
                parts.append(found)
            else:
                leaves += 1
        # the data of the response itself is none of its objects
        return (1 + leaves // LEAVES if part.key else 0), parts

    def _part(self, key: str, nodes: Sequence[Any], field: GraphQLField, parent: Part) -> Part | None:
        """The field as a part; None if it yields no objects."""
        kind, size = get_named_type(field.type), parent.size
        if not is_composite_type(kind):
            return None
        if is_introspection_type(kind):
            items, place = self._schema.sizes.items(parent.kind, nodes[0].name.value, parent.place)
            return Part(key, nodes, kind, items, 0, None, place)
        is_list = isinstance(get_nullable_type(field.type), GraphQLList)
        sizing: Sizing | None = getattr(field.extensions.get(DEFINITION), "sizing", None)
        if sizing is None and is_list and size is None:
            sizing = USUAL
        if sizing is not None and (size is None or not sizing.is_inherited):
            size = self._items(sizing, nodes, field)
        lists = 0 if sizing is None else int(sizing.is_planned)
        if is_list:
            return Part(key, nodes, kind, size or 0, lists, None)
        return Part(key, nodes, kind, 1, lists, None if sizing is None else size)

    def _items(self, sizing: Sizing, nodes: Sequence[Any], field: GraphQLField) -> int:
        given = {argument.name.value: argument.value for argument in nodes[0].arguments or ()}
        sizes = [self._size(given.get(name), field, name) for name in sizing.arguments]
        most = self._limits.page_most if sizing.is_page else sizing.most
        known = [min(size, most) if most is not None else size for size in sizes if size is not None]
        usual = self._limits.page_default if sizing.default is None else sizing.default
        return max(known) if known else usual

    def _size(self, given: ValueNode | None, field: GraphQLField, name: str) -> int | None:
        """What an argument counts for; None if it is left out or null."""
        if given is None:
            default = field.args[name].default_value if name in field.args else None
            return default if isinstance(default, int) else None
        size = self._value(given.name.value) if isinstance(given, VariableNode) else _written(given)
        if isinstance(size, tuple):
            return size[0]
        return None if size is None else max(0, size)

    def _path(self, root: Part, measure: str, limit: int) -> Iterator[str]:
        """The response keys that lead to the field with which the count exceeds the limit, in document order."""
        times, left, parts = 1, limit, self._below(root, measure)
        while parts:
            for part in parts:
                each = getattr(self._each(part), measure)
                whole = part.lists + each if measure == "lists" else times * part.items * each
                if whole > left:
                    break
                left -= whole
            yield part.key
            times *= part.items
            parts = self._below(part, measure)
            left -= part.lists if measure == "lists" else times * (each - self._sum(parts, measure))
            if left < 0:
                return

    def _below(self, part: Part, measure: str) -> list[Part]:
        """The parts of one item: for objects, of the type that counts most."""
        kinds = self._kinds(part.kind)
        if measure == "lists":
            return [each for kind in kinds for each in self._parts(kind, part)[1]]
        return self._parts(max(kinds, key=lambda kind: self._object(kind, part).objects), part)[1]

    def _sum(self, parts: Sequence[Part], measure: str) -> int:
        return sum(part.items * getattr(self._each(part), measure) for part in parts)


def _written(value: ValueNode) -> Size:
    """The same of a value that is written in the document."""
    match value:
        case IntValueNode():
            return int(value.value)
        case ListValueNode():
            return (len(value.values),)
        case NullValueNode():
            return None
    return 1
