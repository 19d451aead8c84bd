"""Workline with one additional field: a hand-written resolver, as in a project that uses the engine.

Run as ``python -m tests.bench.contenders.own_resolver serve``.
"""

from graphql_app.cli import main
from graphql_app.types.declarations import resolved
from graphql_app.types.model_type import extends
from tests.support.application import APPLICATION


def declare() -> None:
    """Add ``Task.headline`` to the schema that this process builds."""
    APPLICATION.load_models()
    APPLICATION.modules("types")
    from schema.work.models import Task

    @extends(Task)
    class TaskHeadline:
        @resolved
        async def headline(self) -> str:
            """Title and status, for display."""
            return f"{self.title} ({self.status.lower()})"  # type: ignore[attr-defined]


if __name__ == "__main__":
    declare()
    main()
