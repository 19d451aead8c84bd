"""Context of an operation, as ``info.context`` in resolvers: the viewer, access to the database, the loaders."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import strawberry
from sqlalchemy import Table

from graphql_app.database.access import Access
from graphql_app.database.rows import ReturnedRecord
from graphql_app.database.session import OperationSession
from graphql_app.errors import RuleError, Unauthenticated
from graphql_app.limits import FilterContext, Limits, WriteLimits
from graphql_app.loaders import Loaders
from graphql_app.pacing import Pacer, Pacing
from graphql_app.viewer import Viewer


@dataclass(slots=True)
class Commits:
    """The root fields of a mutation that are committed, by response key."""

    outcomes: dict[str, Any] = field(default_factory=dict)
    """Their outcomes; an exception where it is unknown whether COMMIT took effect."""
    pending: set[str] = field(default_factory=set)
    """Those whose continuation has not ended."""
    caller: Viewer | None = None
    """The caller who committed them; one that has logged in within the operation is not that of the request."""
    stopped_by: Exception | None = None
    """The reason why the operation ended early. Its response then shows the outcomes; no root field is executed."""

    def result(self, name: str) -> Any:
        """Return the outcome of a root field of a stopped operation. Raises the reason where there is none."""
        outcome = self.outcomes.get(name, self.stopped_by)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@dataclass(slots=False)
class Context:
    """One operation's surroundings. ``services`` are what the application offers to hand-written resolvers."""

    session: OperationSession
    loaders: Loaders
    limits: Limits
    services: Any = None
    tables: Mapping[str, Table] = field(default_factory=dict)
    """The tables behind the API, by name."""
    writing: WriteLimits = field(default_factory=WriteLimits)
    """How much may be written at once."""
    header_key: str | None = None
    """The idempotency key of the request as a whole."""
    batch: Any = None
    """The calls of one transaction, while they are gathered: see :mod:`graphql_app.mutations.transaction_batch`."""
    commits: Commits = field(default_factory=Commits)
    shown: ReturnedRecord | None = None
    """What the field that acts now is going to show of the record that it inserts, if it does."""
    literals: Mapping[str, Any] = field(default_factory=dict)
    """The values of variables that stand for literals of the document, coerced already."""
    client_address: str = ""
    """The IP address of the client; empty when it is not known."""
    user_errors: set[str] = field(default_factory=set)
    """The codes of the user errors of its mutations, whether or not they are selected: for the log."""
    pacing: Pacing = field(default_factory=lambda: Pacing(Pacer(), 0))
    """How its work is spread over passes of the event loop."""
    fell_back: str = ""
    """The reason why graphql-core executes the operation although plans are on; else empty."""
    programs: Mapping[str, Any] = field(default_factory=dict)
    """The programs that were run, by the fields that they answer: for the trace."""
    is_judged_by_role: bool = False
    """True if something was decided by the viewer's role, be it before the database has confirmed it."""
    _kept: dict[Hashable, Any] = field(default_factory=dict)

    @property
    def viewer(self) -> Viewer:
        """The authenticated caller. Raises Unauthenticated when there is none."""
        if self.caller is None:
            raise Unauthenticated
        return self.caller

    @property
    def caller(self) -> Viewer | None:
        """The authenticated caller, in the stored role once that is known, or None."""
        return self.session.access.viewer

    @property
    def role(self) -> str:
        """The viewer's role, for every decision of what may be read. Raises Unauthenticated."""
        role = self.viewer.role
        self.is_judged_by_role = True
        return role

    @cached_property
    def reading(self) -> FilterContext:
        return FilterContext(self.limits, lambda: self.role)

    def note_user_errors(self, errors: Iterable[RuleError]) -> None:
        """Add the codes of a mutation's user errors to those that are logged."""
        self.user_errors.update(error.code for error in errors)

    def once[T](self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what ``make`` gives, computed once per operation, role and ``key``."""
        place = (None if self.caller is None else self.caller.role, key)
        if place not in self._kept:
            self._kept[place] = make()
        kept: T = self._kept[place]
        return kept

    async def become(self, viewer: Viewer) -> None:
        """Continue as ``viewer``, just logged in; what was read before is forgotten."""
        self.loaders.forget()
        self._kept.clear()
        await self.session.restart(viewer.organization_id)
        self.session.access = Access(viewer)


Info = strawberry.Info[Context, None]
"""What a resolver's ``info`` is."""
