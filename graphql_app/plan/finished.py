"""How a plan hands its result to graphql-core: as a value that is complete and is not walked again."""

from dataclasses import dataclass
from typing import Any

from graphql.execution.incremental import IncrementalExecutor


@dataclass(frozen=True, slots=True)
class Finished:
    """A value that is already what the response shows."""

    value: Any


def is_nothing(result: Any) -> bool:
    """Whether a plan, or a resolver in its place, has found nothing."""
    return result is None or (type(result) is Finished and result.value is None)


class PlanExecutor(IncrementalExecutor):
    """graphql-core's executor, which lets finished values through."""

    def complete_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        if type(result) is Finished and result.value is not None:
            return result.value
        plain = None if type(result) is Finished else result
        return super().complete_value(return_type, field_details_list, info, path, plain, position_context)
