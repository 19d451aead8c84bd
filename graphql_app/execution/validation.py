"""Parsing and validation of documents: one pass finds what is wrong, and what the plans of a document depend on."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    ValidationContext,
    Visitor,
    parse,
    specified_rules,
    validate,
)
from graphql import validation as rules
from graphql.language import ast

from graphql_app.errors import BadRequest
from graphql_app.execution.texts import LiteralCheck
from graphql_app.mutations.directives import KeysWhereTheyCount, MostCallsPerOperation
from graphql_app.plan.selection import PlanVariables

PARSE_FAILED, VALIDATION_FAILED = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"
"""Apollo Server's codes for the two."""


KINDS = frozenset(each.kind for each in vars(ast).values() if isinstance(each, type) and issubclass(each, ast.Node))
"""The kinds of nodes."""
ABOUT: Mapping[tuple[str, ...], Collection[Any]] = {
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
        KeysWhereTheyCount,
    ),
}
"""Rules about something that a text has only together with one of these."""


class Rejected(Exception):
    """The text is not GraphQL, or does not fit the schema; ``errors`` say where, ``code`` which of both."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


def too_deep() -> Rejected:
    """The rejection of a document whose nesting exhausts the stack."""
    return Rejected(PARSE_FAILED, [GraphQLError("The document is nested too deeply.")])


@dataclass(frozen=True, slots=True)
class Valid:
    """A document that fits the schema."""

    node: DocumentNode
    choices: tuple[str, ...]
    """The variables that its directives look at."""
    sizes: tuple[str, ...]
    """The variables that say how large its pages are."""


class Validator:
    """Parses and validates documents for one schema."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool, max_tokens: int) -> None:
        self._schema, self._max_tokens = schema, max_tokens
        hiding = [] if introspection else [NoSchemaIntrospectionCustomRule]
        self._rules = list(map(_Rule, [*specified_rules, KeysWhereTheyCount, MostCallsPerOperation, *hiding]))
        # an error that suggests names tells the schema as introspection would
        self._secret = not introspection

    def read(self, text: str) -> Valid:
        """Return the document of a text. Raises Rejected, or BadUserInput for an unstorable literal."""
        literals, variables = LiteralCheck(), PlanVariables()
        needed = [rule for rule in self._rules if rule.is_needed(text)]
        checks: Any = [*needed, *(_just(visitor) for visitor in (literals, variables))]
        try:
            node = self._parsed(text)
            errors = validate(
                self._schema, node, checks, hide_suggestions=self._secret, allow_empty_selection_sets=False
            )
        except RecursionError:
            raise too_deep() from None
        if errors:
            raise Rejected(VALIDATION_FAILED, errors)
        if literals.error is not None:
            raise literals.error
        return Valid(node, tuple(sorted(variables.choices)), tuple(sorted(variables.sizes)))

    def _parsed(self, text: str) -> DocumentNode:
        if not text.strip():
            raise BadRequest("The request has no query.")
        try:
            return parse(text, max_tokens=self._max_tokens, allow_empty_selection_sets=False)
        except GraphQLError as error:
            raise Rejected(PARSE_FAILED, [error]) from None


class _Rule:
    """A validation rule that costs nothing where it has nothing to do.

    graphql-core looks for the methods of 30 rules for each kind of node, in every document anew: a fifth of the time of
    a validation. Another fifth are rules about variables, fragments and directives in documents that have none.
    """

    def __init__(self, rule: Callable[[ValidationContext], Visitor]) -> None:
        self._rule = rule
        self._marks: tuple[str, ...] = next((marks for marks, rules in ABOUT.items() if rule in rules), ("",))
        nothing = Visitor().get_enter_leave_for_kind("document")
        self._absent = {kind: nothing for kind in KINDS if not _handles(rule, kind)}

    def is_needed(self, text: str) -> bool:
        """Return whether a document of this text may break the rule."""
        return any(mark in text for mark in self._marks)

    def __call__(self, context: ValidationContext) -> Visitor:
        visitor = self._rule(context)
        visitor.enter_leave_map.update(self._absent)
        return visitor


def _handles(rule: Any, kind: str) -> bool:
    return any(hasattr(rule, name) for name in ("enter", "leave", f"enter_{kind}", f"leave_{kind}"))


def _just(visitor: Visitor) -> Callable[[ValidationContext], Visitor]:
    """Return a rule that is this visitor, which reports no errors."""
    return lambda _: visitor
