"""Upper bounds of the objects and lists that an operation produces, computed from the document before any statement.

An object of the response counts as one, plus one for every 25 leaf fields selected on it. The cost of a list's items is
multiplied by its page size. A list is planned once, however many parents it has. Objects of an introspection are
counted apart from others, by the numbers of the schema's types and fields.

Selections are merged as in execution (:class:`Operation`), and each merged selection is counted once: a document whose
fragments spread others exponentially is counted in linear time.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

from graphql import (
    FieldNode,
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

from graphql_app.execution.introspection import (
    ELSEWHERE,
    INTROSPECTION_FIELDS,
    STANDARD_QUERY,
    STANDARD_TIMES,
    IntrospectionPlace,
    IntrospectionSizes,
    root_fields,
)
from graphql_app.limits import Limits
from graphql_app.pacing import LEAVES
from graphql_app.plan.selection import Budget, Operation, Unplannable, fragments_of
from graphql_app.strawberry_adapter import DEFINITION
from graphql_app.types.fields import ItemCount

SELECTIONS = 20_000
"""Number of fields that are visited to count an operation. A larger operation is rejected."""
LARGEST_NUMBER = 10**15
"""Largest number in an error. It is exact in the JSON of every client."""
DEFAULT_SIZING = ItemCount(("first", "last"))
"""Size of a list that does not declare one."""
MOST_INTROSPECTED_BESIDE = 5_000
"""Limit of introspected objects next to other fields. This runs in the event loop: about 15 microseconds per object."""
META_FIELDS = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
MEASURES = {"objects": "objects", "lists": "lists", "introspected": "objects of an introspection"}
"""Measures of :class:`Cost`, and their names in an error."""

Size = int | bool | tuple[int] | None
"""Part of a value on which a count depends: a number, a Boolean, or the length of a list in a tuple."""
VariableSizes = Callable[[str], Size]
Excess = tuple[str, tuple[str, ...], int, int]
"""Exceeded limit: name of the measure, path of the field, number, limit."""


@dataclass(frozen=True, slots=True)
class CostLimits:
    """Limits of one operation: objects, lists that are planned, and bytes of the response."""

    objects: int = 100_000
    lists: int = 50
    response_bytes: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """Upper bounds of the objects of a response, and of the lists that are planned for it."""

    objects: int
    lists: int
    introspected: int = 0
    """Objects that describe the schema."""
    excess: Excess | None = None


@dataclass(frozen=True, slots=True)
class CountedField:
    """Selected field that yields objects: up to ``items`` per object that it is selected on."""

    key: str
    nodes: Sequence[FieldNode | OperationDefinitionNode]
    kind: GraphQLNamedType
    items: int
    lists: int
    """1 for a field that is planned as a list, else 0."""
    size: int | None
    """Number of items of nested lists without a separate size, such as the nodes of a connection."""
    place: IntrospectionPlace = ELSEWHERE
    """Place of the objects in an introspection."""


class SchemaCostEstimator:
    """Sizes of one schema on which counts of operations are based."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self.schema, self.limits = schema, limits
        self._sizes: IntrospectionSizes | None = None
        self._introspected: int | None = None

    @property
    def sizes(self) -> IntrospectionSizes:
        """Lengths of lists in an introspection, counted at the first use."""
        if self._sizes is None:
            self._sizes = IntrospectionSizes(self.schema)
        return self._sizes

    @property
    def introspected(self) -> int:
        """Largest number of objects that an operation may introspect."""
        if self._introspected is None:
            document = parse(STANDARD_QUERY)
            (node,) = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
            operation = Operation(self.schema, fragments_of(document), {}, Budget(SELECTIONS))
            standard = CostCounter(operation, self, lambda _: None).count(node)
            self._introspected = STANDARD_TIMES * standard.introspected
        return self._introspected


class CostCounter:
    """Counter of one operation. ``value`` returns the size of a variable."""

    def __init__(self, operation: Operation, schema: SchemaCostEstimator, value: VariableSizes) -> None:
        self._operation, self._schema, self._limits, self._value = operation, schema, schema.limits, value
        self._counted: dict[Hashable, Cost] = {}

    def count(self, node: OperationDefinitionNode, limits: CostLimits | None = None) -> Cost:
        """Return the cost of the operation ``node``, including the excess if ``limits`` are given."""
        root = CountedField("", [node], self._root_type(node), 1, 0, None)
        cost = self._item(root)
        if self._operation.budget.fields < 0:
            return replace(cost, excess=("selected fields", (), SELECTIONS + 1, SELECTIONS))
        return cost if limits is None else replace(cost, excess=self._excess(node, root, cost, limits))

    def _excess(
        self, node: OperationDefinitionNode, root: CountedField, cost: Cost, limits: CostLimits
    ) -> Excess | None:
        for measure, name in MEASURES.items():
            number = getattr(cost, measure)
            limit = self._most_introspected(node) if measure == "introspected" else getattr(limits, measure)
            if number > limit:
                return name, tuple(self._path(root, measure, limit)), min(number, LARGEST_NUMBER), limit
        return None

    def _most_introspected(self, node: OperationDefinitionNode) -> int:
        is_alone = INTROSPECTION_FIELDS.issuperset(root_fields(node, self._operation.fragments))
        return self._schema.introspected if is_alone else MOST_INTROSPECTED_BESIDE

    def _root_type(self, node: OperationDefinitionNode) -> GraphQLObjectType:
        kind = self._operation.schema.get_root_type(node.operation)
        assert kind is not None  # the document is valid
        return kind

    def _item(self, field: CountedField) -> Cost:
        """Return the cost of one item of ``field``."""
        key = (tuple(map(id, field.nodes)), field.kind.name, field.size, field.place)
        cost = self._counted.get(key)
        if cost is None:
            costs = [self._object(kind, field) for kind in self._object_types(field.kind)]
            # an item is of one of the types, but there is a plan for each
            objects = max(each.objects for each in costs)
            cost = Cost(objects, sum(each.lists for each in costs), max(each.introspected for each in costs))
            self._counted[key] = cost
        return cost

    def _object_types(self, kind: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        if is_abstract_type(kind):
            return self._operation.schema.get_possible_types(kind)
        assert isinstance(kind, GraphQLObjectType)
        return (kind,)

    def _object(self, kind: GraphQLObjectType, field: CountedField) -> Cost:
        own, fields = self._fields(kind, field)
        costs = [(each, self._item(each)) for each in fields]
        objects = sum(each.items * cost.objects for each, cost in costs)
        lists = sum(each.lists + cost.lists for each, cost in costs)
        introspected = sum(each.items * cost.introspected for each, cost in costs)
        if is_introspection_type(kind):
            return Cost(objects, lists, own + introspected)
        return Cost(own + objects, lists, introspected)

    def _fields(self, kind: GraphQLObjectType, parent: CountedField) -> tuple[int, list[CountedField]]:
        """Return the count of one object of this type, and its fields that yield objects."""
        try:
            selected = self._operation.fields(parent.nodes, kind)
        except Unplannable:
            return 0, []  # the field fails before it yields anything, or there are too many of them
        leaves, counted = 0, []
        for key, nodes in selected.items():
            name = nodes[0].name.value
            definition = kind.fields.get(name) or META_FIELDS.get(name)
            found = None if definition is None else self._field(key, nodes, definition, parent)
            if found is not None:
                counted.append(found)
            else:
                leaves += 1
        # the root of the response is not counted
        return (1 + leaves // LEAVES if parent.key else 0), counted

    def _field(
        self, key: str, nodes: Sequence[FieldNode], field: GraphQLField, parent: CountedField
    ) -> CountedField | None:
        """Return the counted field, or None if it yields no objects."""
        kind, size = get_named_type(field.type), parent.size
        if not is_composite_type(kind):
            return None
        if is_introspection_type(kind):
            items, place = self._schema.sizes.items(parent.kind, nodes[0].name.value, parent.place)
            return CountedField(key, nodes, kind, items, 0, None, place)
        is_list = isinstance(get_nullable_type(field.type), GraphQLList)
        sizing: ItemCount | None = getattr(field.extensions.get(DEFINITION), "sizing", None)
        if sizing is None and is_list and size is None:
            sizing = DEFAULT_SIZING
        if sizing is not None and (size is None or not sizing.is_inherited):
            size = self._items(sizing, nodes[0], field)
        lists = 0 if sizing is None else int(sizing.is_planned)
        if is_list:
            return CountedField(key, nodes, kind, size or 0, lists, None)
        return CountedField(key, nodes, kind, 1, lists, None if sizing is None else size)

    def _items(self, sizing: ItemCount, node: FieldNode, field: GraphQLField) -> int:
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        sizes = [self._size(given.get(name), field, name) for name in sizing.arguments]
        most = self._limits.page_most if sizing.is_page else sizing.most
        known = [min(size, most) if most is not None else size for size in sizes if size is not None]
        default = self._limits.page_default if sizing.default is None else sizing.default
        return max(known) if known else default

    def _size(self, given: ValueNode | None, field: GraphQLField, name: str) -> int | None:
        """Return the count of an argument, or None if it is omitted or null."""
        if given is None:
            default = field.args[name].default_value if name in field.args else None
            return default if isinstance(default, int) else None
        size = self._value(given.name.value) if isinstance(given, VariableNode) else _literal_size(given)
        if isinstance(size, tuple):
            return size[0]
        return None if size is None else max(0, size)

    def _path(self, root: CountedField, measure: str, limit: int) -> Iterator[str]:
        """Yield the response keys that lead to the field at which the count exceeds the limit, in document order."""
        times, left, fields = 1, limit, self._below(root, measure)
        while fields:
            for field in fields:
                each = getattr(self._item(field), measure)
                total = field.lists + each if measure == "lists" else times * field.items * each
                if total > left:
                    break
                left -= total
            yield field.key
            times *= field.items
            fields = self._below(field, measure)
            left -= field.lists if measure == "lists" else times * (each - self._sum(fields, measure))
            if left < 0:
                return

    def _below(self, field: CountedField, measure: str) -> list[CountedField]:
        """Return the fields of one item: for objects, the fields of the most expensive type."""
        kinds = self._object_types(field.kind)
        if measure == "lists":
            return [each for kind in kinds for each in self._fields(kind, field)[1]]
        return self._fields(max(kinds, key=lambda kind: self._object(kind, field).objects), field)[1]

    def _sum(self, fields: Sequence[CountedField], measure: str) -> int:
        return sum(field.items * getattr(self._item(field), measure) for field in fields)


def _literal_size(value: ValueNode) -> Size:
    """Return the size of a value in the document."""
    match value:
        case IntValueNode():
            return int(value.value)
        case ListValueNode():
            return (len(value.values),)
        case NullValueNode():
            return None
    return 1
