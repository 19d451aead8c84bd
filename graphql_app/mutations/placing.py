"""Where ``@idempotent`` may stand: at a field that can be done again under its key, and nowhere else."""

from typing import Any

from graphql import DirectiveNode, GraphQLError, ValidationRule

from graphql_app.mutations.directives import IDEMPOTENT
from graphql_app.mutations.fields import DeedField
from graphql_app.plan.finished import DEFINITION


class KeysWhereTheyCount(ValidationRule):
    """A key that nobody looks at would be believed in."""

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        definition = self.context.get_field_def()
        if node.name.value != IDEMPOTENT or definition is None:
            return
        if not isinstance(definition.extensions.get(DEFINITION), DeedField):
            self.report_error(GraphQLError("`@idempotent` belongs to a mutation that changes records.", node))
