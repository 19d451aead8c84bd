"""Validation of documents in one pass, which also finds the variables on which plans of a document depend."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    StringValueNode,
    Visitor,
    parse,
    specified_rules,
    validate,
)
from graphql import validation as rules

from graphql_app.errors import BadUserInput, PathItem
from graphql_app.execution.argument_paths import place_of
from graphql_app.execution.deferral import IncrementalDirectives
from graphql_app.execution.graphql_core_adapter import RuleFactory, SparseRule
from graphql_app.execution.overlapping_fields import MergeCheck
from graphql_app.execution.request_bounds import UNBOUNDED, DocumentCounter, RequestBounds, require
from graphql_app.mutations.directives import MostCallsPerOperation, SupportedIdempotencyKeys
from graphql_app.plan.selection import PlanVariables
from graphql_app.telemetry.tracing import step_span

PARSE_FAILED, VALIDATION_FAILED = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"
"""Apollo Server's codes for the two errors."""
SURROGATE = re.compile("[\ud800-\udfff]")
NOT_STORABLE = "Must not contain a NUL character or an unpaired surrogate."

RULES_BY_MARKS: Mapping[tuple[str, ...], Collection[RuleFactory]] = {
    ("$",): (
        rules.NoUndefinedVariablesRule,
        rules.NoUnusedVariablesRule,
        rules.UniqueVariableNamesRule,
        rules.VariablesAreInputTypesRule,
        rules.VariablesInAllowedPositionRule,
    ),
    ("...", "fragment"): (
        rules.FragmentsOnCompositeTypesRule,
        rules.KnownFragmentNamesRule,
        rules.NoFragmentCyclesRule,
        rules.NoUnusedFragmentsRule,
        rules.PossibleFragmentSpreadsRule,
        rules.UniqueFragmentNamesRule,
    ),
    ("@",): (
        rules.DeferStreamDirectiveLabel,
        rules.DeferStreamDirectiveOnRootField,
        rules.DeferStreamDirectiveOnValidOperationsRule,
        rules.KnownDirectivesRule,
        rules.StreamDirectiveOnListField,
        rules.UniqueDirectivesPerLocationRule,
        SupportedIdempotencyKeys,
    ),
}
"""Rules that a document can violate only if its text contains one of the marks."""


class InvalidDocument(Exception):
    """Text that is not GraphQL, or not valid for the schema (``code``). ``errors`` locate the faults."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


def nested_too_deeply() -> InvalidDocument:
    """Return the error of a document whose nesting exhausts the stack."""
    return InvalidDocument(PARSE_FAILED, [GraphQLError("The document is nested too deeply.")])


@dataclass(frozen=True, slots=True)
class ValidDocument:
    """Parsed document that fits the schema."""

    node: DocumentNode
    choices: tuple[str, ...]
    """Variables in its `@skip` and `@include` directives."""
    sizes: tuple[str, ...]
    """Variables that set the sizes of its pages."""
    incremental: tuple[str, ...] | None = None
    """Variables in its `@defer` and `@stream` directives; None if it has none of these directives."""


class Validator:
    """Parser and validator of documents for one schema."""

    def __init__(
        self, schema: GraphQLSchema, *, introspection: bool, bounds: RequestBounds = UNBOUNDED, suggestions: bool = True
    ) -> None:
        self._schema, self._bounds = schema, bounds
        hiding = [] if introspection else [NoSchemaIntrospectionCustomRule]
        # graphql-core's rule compares all pairs of fields
        specified = [rule for rule in specified_rules if rule is not rules.OverlappingFieldsCanBeMergedRule]
        applied: list[RuleFactory] = [*specified, SupportedIdempotencyKeys, MostCallsPerOperation, *hiding]
        self._rules = [(_marks(rule), SparseRule(rule)) for rule in applied]
        # suggestions of names in errors would reveal the schema like introspection
        self._hide_suggestions = not (introspection and suggestions)

    def read(self, text: str) -> ValidDocument:
        """Return the document of a text.

        Raises InvalidDocument, RequestLimitExceeded, or BadUserInput for an unstorable literal.
        """
        self._bounds.check_text(text)
        literals, variables = LiteralCheck(), PlanVariables()
        checks: list[RuleFactory] = [rule for marks, rule in self._rules if any(mark in text for mark in marks)]
        checks += [lambda _: literals, lambda _: variables]
        incremental = IncrementalDirectives()
        if "@" in text:
            checks.append(lambda _: incremental)
        try:
            with step_span("parse"):
                node = self._parse(text)
            with step_span("validate"):
                counter = DocumentCounter(node, self._bounds)
                counter.check()
                errors = validate(
                    self._schema,
                    node,
                    cast(Collection[type[ASTValidationRule]], checks),  # called like any function
                    max_errors=self._bounds.errors,
                    hide_suggestions=self._hide_suggestions,
                    allow_empty_selection_sets=False,
                )
                errors = [*errors, *MergeCheck(self._schema, node, counter.visit).errors][: self._bounds.errors]
        except RecursionError:
            raise nested_too_deeply() from None
        if errors:
            raise InvalidDocument(VALIDATION_FAILED, errors)
        if literals.error is not None:
            raise literals.error
        valid = ValidDocument(node, tuple(sorted(variables.choices)), tuple(sorted(variables.sizes)))
        return replace(valid, incremental=tuple(sorted(incremental.variables))) if incremental.is_found else valid

    def _parse(self, text: str) -> DocumentNode:
        try:
            return parse(text, max_tokens=self._bounds.tokens, allow_empty_selection_sets=False)
        except GraphQLError as error:
            raise InvalidDocument(PARSE_FAILED, [error]) from None


def _marks(rule: RuleFactory) -> tuple[str, ...]:
    """Return the texts without which a document cannot violate the rule; the empty text is in every document."""
    return next((marks for marks, among in RULES_BY_MARKS.items() if rule in among), ("",))


def check_values(values: object, bounds: RequestBounds = UNBOUNDED) -> None:
    """Raise BadUserInput for a string in a JSON value that PostgreSQL cannot store: with NUL or a lone surrogate.

    Raises RequestLimitExceeded for too many or too deeply nested values. Does not recurse, because the client chooses
    the nesting.
    """
    waiting: list[tuple[tuple[PathItem, ...], object]] = [((), values)]
    count = 0
    while waiting:
        place, current = waiting.pop()
        count += 1
        if count > bounds.variable_values:
            require("values in its variables", count, bounds.variable_values)
        if isinstance(current, str):
            if not is_storable(current):
                raise BadUserInput(NOT_STORABLE, place)
        elif isinstance(current, dict):
            require("levels of nested variables", len(place), bounds.variable_depth)
            waiting.extend([((*place, name), item) for name, item in current.items()])
        elif isinstance(current, list):
            require("levels of nested variables", len(place), bounds.variable_depth)
            require("values in a list", len(current), bounds.list_values)
            waiting.extend([((*place, index), item) for index, item in enumerate(current)])


def is_storable(text: str) -> bool:
    """Return True if PostgreSQL can store a text."""
    return "\0" not in text and (text.isascii() or not SURROGATE.search(text))


class LiteralCheck(Visitor):
    """Search for the first string literal that PostgreSQL cannot store.

    ``error`` is located from its argument's name down.
    """

    def __init__(self) -> None:
        super().__init__()
        self.error: BadUserInput | None = None

    def enter_string_value(
        self, node: StringValueNode, _key: object, parent: object, _path: object, ancestors: Sequence[object]
    ) -> None:
        if self.error is None and not is_storable(node.value):
            self.error = BadUserInput(NOT_STORABLE, place_of([*ancestors, parent, node]))
