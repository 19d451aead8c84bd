"""Bounds of documents and variables, which are counted in one pass before a document is validated."""

from dataclasses import dataclass, fields

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
)

from graphql_app.errors import RequestError
from graphql_app.plan.selection import fragments_of, selected_fields

VISITS = 50
"""Selections that validation visits to merge fields, for each selection of the document."""


class RequestLimitExceeded(RequestError):
    """Document or variables with more of something than the limit. The setting of the limit is in the documentation."""

    code = "REQUEST_LIMIT_EXCEEDED"

    def __init__(self, bound: str, number: int, limit: int) -> None:
        super().__init__(
            f"The request has {number:,} {bound}, and the limit is {limit:,}.", bound=bound, number=number, limit=limit
        )


@dataclass(frozen=True, slots=True)
class RequestBounds:
    """Largest numbers of the parts of a document, and of its variables."""

    characters: int = 100_000
    tokens: int = 5_000
    depth: int = 25
    """Nested selections, through fragments."""
    aliases: int = 100
    root_fields: int = 50
    """Fields at the root of an operation, through fragments."""
    directives: int = 100
    fragments: int = 100
    operations: int = 50
    repeated_fields: int = 100
    """Fields that are selected again in the same selection."""
    list_values: int = 5_000
    """Values of a list in the document or in the variables."""
    variable_values: int = 50_000
    """Values in the variables, at any depth."""
    variable_depth: int = 20
    errors: int = 5
    """Errors that are reported of an invalid document or invalid variables."""

    def check_text(self, text: str) -> None:
        """Raise RequestLimitExceeded for a text that is too long to be parsed."""
        require("characters", len(text), self.characters)


UNBOUNDED = RequestBounds(**{each.name: 10**9 for each in fields(RequestBounds)})
"""Bounds that do not apply."""


def require(bound: str, number: int, limit: int) -> None:
    """Raise RequestLimitExceeded for a number over the limit."""
    if number > limit:
        raise RequestLimitExceeded(bound, number, limit)


class DocumentCounter:
    """Counter of the parts of a parsed document, which may be invalid."""

    def __init__(self, document: DocumentNode, bounds: RequestBounds) -> None:
        self._document, self._bounds, self._fragments = document, bounds, fragments_of(document)
        self._aliases = self._directives = self._repeated = self._longest = 0
        self._depths: dict[str, int] = {}
        self.selections = 0
        """Selections of the document."""
        self.visits = 0
        """Selections that validation has visited to merge fields."""

    def check(self) -> None:
        """Raise RequestLimitExceeded for the first number over its limit."""
        bounds, definitions = self._bounds, self._document.definitions
        operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
        require("operations", len(operations), bounds.operations)
        fragments = [each for each in definitions if isinstance(each, FragmentDefinitionNode)]
        require("fragments", len(fragments), bounds.fragments)
        for each in (*operations, *fragments):
            self._count_directives(each.directives or ())
            self._count(each.selection_set)
        require("aliases", self._aliases, bounds.aliases)
        require("directives", self._directives, bounds.directives)
        require("repeated fields", self._repeated, bounds.repeated_fields)
        require("values in a list", self._longest, bounds.list_values)
        for operation in operations:
            roots = sum(1 for _ in selected_fields(operation.selection_set, self._fragments.get, set()))
            require("root fields", roots, bounds.root_fields)
            require("levels of nested fields", self._depth(operation.selection_set), bounds.depth)

    def visit(self, selections: int) -> None:
        """Count visited selections. Raises RequestLimitExceeded beyond a multiple of those of the document."""
        self.visits += selections
        require("combinations of fields", self.visits, VISITS * (self.selections + 1))

    def _count(self, selection_set: SelectionSetNode | None) -> None:
        """Count the parts of a selection set."""
        keys = set[str]()
        for each in selection_set.selections if selection_set else ():
            self.selections += 1
            self._count_directives(each.directives or ())
            if isinstance(each, FieldNode):
                key = (each.alias or each.name).value
                self._aliases += each.alias is not None
                self._repeated += key in keys
                keys.add(key)
                for argument in each.arguments or ():
                    self._count_value(argument.value)
            if isinstance(each, FieldNode | InlineFragmentNode):
                self._count(each.selection_set)

    def _count_directives(self, directives: tuple[DirectiveNode, ...]) -> None:
        self._directives += len(directives)
        for each in directives:
            for argument in each.arguments or ():
                self._count_value(argument.value)

    def _count_value(self, value: ValueNode) -> None:
        if isinstance(value, ListValueNode):
            self._longest = max(self._longest, len(value.values))
            for item in value.values:
                self._count_value(item)
        elif isinstance(value, ObjectValueNode):
            for field in value.fields:
                self._count_value(field.value)

    def _depth(self, selection_set: SelectionSetNode | None) -> int:
        """Return the number of nested fields, through fragments."""
        depth = 0
        for each in selection_set.selections if selection_set else ():
            if isinstance(each, FieldNode):
                depth = max(depth, 1 + self._depth(each.selection_set))
            elif isinstance(each, FragmentSpreadNode):
                depth = max(depth, self._fragment_depth(each.name.value))
            elif isinstance(each, InlineFragmentNode):
                depth = max(depth, self._depth(each.selection_set))
        return depth

    def _fragment_depth(self, name: str) -> int:
        if name not in self._depths:
            self._depths[name] = 0  # of a cycle, which is invalid
            fragment = self._fragments.get(name)
            self._depths[name] = 0 if fragment is None else self._depth(fragment.selection_set)
        return self._depths[name]
