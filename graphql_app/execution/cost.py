"""Cost of an operation, computed from the document and its variables before any statement.

The cost is the sum over all fields of their weights, times the sizes of the lists around them, as the directives
``@cost`` and ``@listSize`` of the schema declare it: see :mod:`graphql_app.types.costs`. An omitted size counts as its
default. An object of several possible types counts as the most expensive one.

Objects of an introspection cost nothing. They are counted apart, by the numbers of the schema's types and fields. Lists
are counted as well, because each is planned and read by a separate statement, however many parents it has.

Selections are merged as in execution (:class:`Operation`), and each merged selection is compiled once: a document whose
fragments spread others exponentially is counted in linear time.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
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
    is_abstract_type,
    is_composite_type,
    is_introspection_type,
    parse,
)

from graphql_app.errors import RequestError
from graphql_app.execution.cost_code import ResponseCost
from graphql_app.execution.cost_function import (
    ZERO,
    CostFunction,
    CountedField,
    ListSize,
    Selection,
    Size,
    Totals,
    number_of,
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
from graphql_app.types.costs import ItemCount, cost_of, default_sizing, is_list_of_objects

SELECTIONS = 20_000
"""Number of fields that are visited to count an operation. A larger operation is rejected."""
MOST_INTROSPECTED_BESIDE = 5_000
"""Limit of introspected objects next to other fields. This runs in the event loop: about 15 microseconds per object."""
META_FIELDS = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


@dataclass(frozen=True, slots=True)
class CostLimits:
    """Limits of one operation: cost, lists that are planned, and bytes of the response."""

    cost: int = 100_000
    lists: int = 50
    response_bytes: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """Upper bounds of an operation with given variables."""

    requested: int
    """Sum of the weights of all fields."""
    charged: int
    """Cost that is taken from the bucket of a client: at least 1."""
    objects: int
    """Objects that are built and encoded."""
    lists: int
    """Lists that are planned."""
    response: ResponseCost
    known: Mapping[Selection, Totals]  # of the selections that depend on variables

    def actual(self, data: object) -> int:
        """Return the cost of the response ``data``, in which lists have the number of items that were found."""
        return self.response.of(data, self.known)


class CostLimitExceeded(RequestError):
    """Operation that costs more than the limit, or exceeds another limit that is known before it is executed.

    ``fields`` are the most expensive ones, by the response keys that lead to them, with their costs.
    """

    code = "COST_LIMIT_EXCEEDED"

    def __init__(
        self, verb: str, number: int, measure: str, limit: int, fields: Sequence[tuple[str, int]] = ()
    ) -> None:
        counted = f"{number:,} {measure}".rstrip()
        listed = ", ".join(f"`{path}` ({cost:,})" for path, cost in fields)
        super().__init__(
            f"The operation {verb} {counted}, and the limit is {limit:,}. "
            f"{f'The most expensive fields are {listed}. ' if fields else ''}"
            "Request smaller pages, fewer nested lists or fewer aliases.",
            number=number,
            limit=limit,
            **({"fields": [{"path": path, "cost": cost} for path, cost in fields]} if fields else {}),
        )


class Excess(NamedTuple):
    """Arguments of the error of an operation that exceeds a limit."""

    verb: str
    number: int
    measure: str
    limit: int
    fields: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class CompiledField:
    """Field whose selections are compiled."""

    nodes: Sequence[FieldNode | OperationDefinitionNode]
    kind: GraphQLNamedType
    size: ListSize | None = None
    """Size of the lists directly below that do not declare one, such as the nodes of a connection."""
    place: IntrospectionPlace = ELSEWHERE
    """Place of the objects in an introspection."""

    @property
    def key(self) -> Hashable:
        return tuple(map(id, self.nodes)), self.kind.name, self.size, self.place


class SchemaCosts:
    """Sizes of one schema on which the costs of operations are based."""

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
            standard = CostCompiler(operation, self).compile(node)
            self._introspected = STANDARD_TIMES * standard.root.introspected
        return self._introspected

    def most_introspected(self, node: OperationDefinitionNode, operation: Operation) -> int:
        """Return the largest number of objects that ``node`` may introspect."""
        is_alone = INTROSPECTION_FIELDS.issuperset(root_fields(node, operation.fragments))
        return self.introspected if is_alone else MOST_INTROSPECTED_BESIDE


class CostCompiler:
    """Compiler of one operation to the function that computes its cost."""

    def __init__(self, operation: Operation, costs: SchemaCosts) -> None:
        self._operation, self._costs = operation, costs
        self._compiled: dict[Hashable, Selection] = {}
        self._varying: list[Selection] = []

    def compile(self, node: OperationDefinitionNode) -> CostFunction:
        """Return the cost function of the operation ``node``."""
        kind = self._operation.schema.get_root_type(node.operation)
        assert kind is not None  # the document is valid
        root = self._object(kind, CompiledField([node], kind), is_root=True)
        return CostFunction(root, self._varying)

    def _finished(self, selection: Selection) -> Selection:
        """Compute what depends on no variable."""
        if selection.depends_on_variables:
            self._varying.append(selection)
        else:
            selection.fixed = selection.totals(lambda _: None, {})
        return selection

    def _selection(self, field: CompiledField) -> Selection:
        """Return the selection of an object of ``field``."""
        if field.key not in self._compiled:
            if is_abstract_type(field.kind):
                possible = self._operation.schema.get_possible_types(field.kind)
                self._compiled[field.key] = self._alternatives([self._object(kind, field) for kind in possible])
            else:
                assert isinstance(field.kind, GraphQLObjectType)
                self._compiled[field.key] = self._object(field.kind, field)
        return self._compiled[field.key]

    def _alternatives(self, each: Sequence[Selection]) -> Selection:
        # an object is of one of the types, but there is a plan for each
        lists, introspected = sum(one.lists for one in each), max(one.introspected for one in each)
        return self._finished(Selection(lists=lists, introspected=introspected, alternatives=each))

    def _object(self, kind: GraphQLObjectType, parent: CompiledField, *, is_root: bool = False) -> Selection:
        try:
            selected = self._operation.fields(parent.nodes, kind)
        except Unplannable:
            return Selection(fixed=ZERO)  # it fails before it yields anything, or there are too many fields
        leaves, lists, introspected, counted = 0, 0, int(is_introspection_type(kind)), list[CountedField]()
        for key, nodes in selected.items():
            name = nodes[0].name.value
            definition = kind.fields.get(name) or META_FIELDS.get(name)
            found = None if definition is None else self._field(key, nodes, definition, parent)
            if found is None or found.selection is None:
                leaves += 1
            if found is None:
                continue
            lists += found.is_planned
            if found.selection is not None:
                lists += found.selection.lists
                introspected += found.items(lambda _: None) * found.selection.introspected
            if found.weight or found.selection is not None:
                counted.append(found)
        # the root of the response, and objects of an introspection, are not built
        own = 0 if is_root or is_introspection_type(kind) else 1 + leaves // LEAVES
        return self._finished(Selection(counted, own, lists, introspected))

    def _field(
        self, key: str, nodes: Sequence[FieldNode], field: GraphQLField, parent: CompiledField
    ) -> CountedField | None:
        """Return the counted field, or None if it costs nothing."""
        kind, declared = get_named_type(field.type), cost_of(field)
        if not is_composite_type(kind):
            return CountedField(key, declared.weight) if declared.weight else None
        if is_introspection_type(kind):
            items, place = self._costs.sizes.items(parent.kind, nodes[0].name.value, parent.place)
            selection = self._selection(CompiledField(nodes, kind, None, place))
            return CountedField(key, 0, selection, ListSize(items))
        is_list, size, sizing = is_list_of_objects(field), parent.size, declared.sizing
        if sizing is None and is_list and size is None:
            sizing = default_sizing(field)
        if sizing is not None and (size is None or not sizing.is_inherited):
            size = self._size(sizing, nodes[0], field)
        selection = self._selection(CompiledField(nodes, kind, None if is_list or sizing is None else size))
        is_planned = sizing is not None and sizing.is_planned
        return CountedField(key, declared.weight, selection, size if is_list else None, is_planned)

    def _size(self, sizing: ItemCount, node: FieldNode, field: GraphQLField) -> ListSize:
        limits = self._costs.limits
        values = {argument.name.value: argument.value for argument in node.arguments or ()}
        given = [(values.get(name), field.args.get(name)) for name in sizing.arguments]
        numbers = [
            _default_of(argument) if value is None else number_of(_literal_size(value))
            for value, argument in given
            if not isinstance(value, VariableNode)
        ]
        return ListSize(
            limits.page_default if sizing.default is None else sizing.default,
            limits.page_most if sizing.is_page else sizing.most,
            tuple(each for each in numbers if each is not None),
            tuple(value.name.value for value, _ in given if isinstance(value, VariableNode)),
        )


def _default_of(argument: GraphQLArgument | None) -> int | None:
    """Return the default of an argument if it is a number."""
    value = None if argument is None else argument.default_value
    return value if isinstance(value, int) else None


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
