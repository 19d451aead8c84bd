"""One operation's way to the plans of its document.

Plans are compiled when a field is first met, and kept with the document. What cannot be planned is resolved, and the
fields below it are tried again: so an operation falls back field by field.
"""

from asyncio import gather
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from graphql import GraphQLResolveInfo, print_ast

from graphql_app.database.base import Base
from graphql_app.database.rows import Shown
from graphql_app.pacing import COMPILED
from graphql_app.plan.plans import Plan, plan_list, plan_records
from graphql_app.plan.running import Run
from graphql_app.plan.selection import Budget, Operation, Unplannable
from graphql_app.plan.sizes import size_class
from graphql_app.statements.compiled import Statements

MOST_PLANS = 200
"""Plans that one document keeps: one for each field that is met, and each choice of its directives' variables."""
LARGEST = 4_000_000
"""Bytes that they take, about; a larger plan is made each time."""
Info = GraphQLResolveInfo[Any]


@dataclass(slots=True)
class Plans:
    """The plans of one document, and why fields of it have none."""

    choices: Sequence[str] = ()
    """The variables that directives look at: other values, other plans."""
    sizes: Sequence[str] = ()
    """The variables that say how large pages are: much larger ones, other plans."""
    kept: dict[Any, Plan | Unplannable] = field(default_factory=dict)
    size: int = 0
    """About how many bytes they take."""
    grown: Callable[[], None] = lambda: None
    """Told of each plan that is kept."""

    def chosen(self, coerced: Mapping[str, Any]) -> dict[str, Any]:
        """What plans of this document are made for, of the values of its variables."""
        if not self.choices and not self.sizes:
            return {}
        sizes = {name: size_class(coerced.get(name)) for name in self.sizes}
        return {name: coerced.get(name) for name in self.choices} | sizes

    def get(self, key: Any, make: Callable[[], Plan]) -> Plan | Unplannable:
        """The plan of this key, made when it is new, or the reason why there is none."""
        if key in self.kept:
            return self.kept[key]
        made = _made(make)
        self._keep(key, made, (made.size if isinstance(made, Plan) else 0) + self._size_of_a_key())
        return made

    def _keep(self, key: Any, made: Plan | Unplannable, size: int) -> None:
        if len(self.kept) >= MOST_PLANS or self.size + size > LARGEST:
            self.kept.clear()
            self.size = 0
        if size <= LARGEST:
            self.kept[key] = made
            self.size += size
            self.grown()

    def _size_of_a_key(self) -> int:
        return 80 * (10 + len(self.choices) + len(self.sizes))

    def shared(self, key: Any, make: Callable[[], Plan]) -> Plan:
        """As ``get``, for a plan that others ask for as well. Raises Unplannable."""
        plan = self.get(key, make)
        if isinstance(plan, Unplannable):
            raise plan
        return plan


def _title(info: Info, about: Any) -> str:
    """``Query.nodes as Task``: which field a plan answers, under which alias, and which type it finds there."""
    name = info.field_name if info.path.key == info.field_name else f"{info.path.key}: {info.field_name}"
    return f"{info.parent_type.name}.{name}" + (f" as {about[0].__name__}" if about else "")


def _made(make: Callable[[], Plan]) -> Plan | Unplannable:
    try:
        return make()
    except Unplannable as reason:
        return reason.with_traceback(None)  # its frames would keep the request that was first to ask


@dataclass(slots=True)
class Planner:
    """Starts plans for fields. ``fell_back`` says which fields were resolved instead, and why."""

    plans: Plans
    statements: Statements
    schema: Any
    """Strawberry's schema, whose settings arguments are read with."""
    budget: Budget = field(default_factory=Budget)
    fell_back: list[str] = field(default_factory=list)
    started: dict[Any, tuple[Info, Any, Plan]] = field(default_factory=dict)
    """The plans that were started, each for which field, and what it is about besides."""
    compiled: int = 0
    """How many plans were compiled because they are new."""
    met: set[int] = field(default_factory=set)
    """The nodes of the document, by ``id()``, whose plans were looked up: other rows of a list share them."""
    settled: Mapping[tuple[str, ...], Any] = field(default_factory=dict)
    """What fields have come to before graphql-core was asked, or the errors that were raised, by their paths."""

    def lists(self, shown: Any, key: str | None, info: Info) -> "Wanted | None":
        """The connection of ``key`` that a ListField shows; None when there is no plan."""
        definition = info.parent_type.fields[info.field_name]
        plan = self._plan(info, (), lambda operation: plan_list(operation, shown, definition, info.field_nodes))
        return None if plan is None else Wanted(self, plan, key, info)

    def record(
        self, model: type[Base], column: str, key: UUID, info: Info, *, required: bool = False
    ) -> "Wanted | None":
        """The record whose ``column`` is ``key``; None when there is no plan.

        When it is ``required`` and not there, the plan gives up, and the resolver says what that means.
        """

        plan = self._plan(info, (model, column), self._records(model, column, info))
        return None if plan is None else Wanted(self, plan, str(key), info, required)

    def shown(self, model: type[Base], info: Info) -> Shown | None:
        """What ``record`` is going to show of one that is found by its id, if a single statement tells it.

        None if that joins rows of the same table: to the statement that inserts the record, that has no others.
        """
        _, plan = self._find(info, (model, "id"), self._records(model, "id", info))
        if isinstance(plan, Unplannable) or len(plan.steps) > 1:
            return None
        step = plan.steps[0]
        outputs = step.outputs.items
        is_alone = all(edge.target is not model for output in outputs for edge in output.path)
        return Shown(model, outputs, step.inserting) if is_alone else None

    def _records(self, model: type[Base], column: str, info: Info) -> Callable[[Operation], Plan]:
        def make(operation: Operation) -> Plan:
            # fields that select the same share a plan, and so a statement
            selected = tuple(print_ast(node.selection_set) for node in info.field_nodes if node.selection_set)
            shape = (model, column, selected, tuple(operation.choices.items()))
            return self.plans.shared(shape, lambda: plan_records(operation, model, column, info.field_nodes))

        return make

    async def node(self, id: UUID, info: Info) -> Any:
        """The record with this id, by a plan for its type. Raises Unplannable."""
        model = await info.context.loaders.type_of(id)
        if model is None:
            return None
        planned = self.record(model, "id", id, info)
        if planned is None:
            raise Unplannable(f"a {model.__name__} found by its id")
        return await planned

    async def nodes(self, ids: Sequence[UUID], info: Info) -> list[Any]:
        """The records with these ids. Raises Unplannable when there is no plan for one of their types."""
        return list(await gather(*(self.node(id, info) for id in ids)))

    def used(self) -> dict[str, Plan]:
        """The plans that were started, by the fields that they answer."""
        return {_title(info, about): plan for info, about, plan in self.started.values()}

    def forget(self) -> None:
        """Begin anew: what was started and what gave up is going to be met again."""
        self.started.clear()
        self.fell_back.clear()

    def gave_up(self, info: Info, reason: Exception) -> None:
        """Note that a field is resolved although it has, or might have had, a plan."""
        self.fell_back.append(f"{info.parent_type.name}.{info.field_name}: {reason}")

    def _plan(self, info: Info, about: Any, make: Callable[[Operation], Plan]) -> Plan | None:
        name, plan = self._find(info, about, make)
        if isinstance(plan, Unplannable):
            self.gave_up(info, plan)
            return None
        self.started[name] = (info, about, plan)
        return plan

    def _find(self, info: Info, about: Any, make: Callable[[Operation], Plan]) -> tuple[Any, Plan | Unplannable]:
        """The plan under its name, or why there is none."""
        choices = self.plans.chosen(info.variable_values.coerced)
        name = (tuple(map(id, info.field_nodes)), about, tuple(choices.items()))
        self.met.add(id(info.field_nodes[0]))

        def made() -> Plan:
            self.compiled += 1
            info.context.pacing.pacer.spend(COMPILED)
            return make(Operation(info.schema, info.fragments, choices, self.budget))

        return name, self.plans.get(name, made)


@dataclass(slots=True, eq=False)
class Wanted:
    """What a plan shall give for one key. Awaited by itself, it is fetched with all keys that are wanted by then."""

    planner: Planner
    plan: Plan
    key: str | None
    """None for a list without a parent."""
    info: Info
    required: bool = False

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._awaited().__await__()

    async def run(self, keys: Sequence[str | None]) -> Mapping[Any, Any]:
        """What the plan gives for each of the keys. Raises what a :class:`Run` does."""
        info, planner = self.info, self.planner
        run = Run(self.plan, info.context, planner.schema, info.variable_values, planner.statements)
        return await run.results(keys)

    def taken(self, found: Mapping[Any, Any]) -> Any:
        """What was wanted, out of what a run has found. Raises Unplannable when it is required and not there."""
        result = found.get(self.key)
        if result is None and self.required:
            raise Unplannable("a record that has to be there is not")
        return result

    async def _awaited(self) -> Any:
        if self.key is None:
            return self.taken(await self.run([None]))

        async def batch(keys: Sequence[Any]) -> list[Any]:
            found = await self.run(keys)
            return [found.get(key) for key in keys]

        return self.taken({self.key: await self.info.context.loaders.batched(self.plan, batch, self.key)})
