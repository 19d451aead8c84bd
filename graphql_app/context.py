"""Context of an operation, ``info.context`` in resolvers: session, loaders, viewer, limits and services."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

import strawberry
from sqlalchemy import Table

from graphql_app.authorization import Requirement
from graphql_app.database.returned_records import ReturnedRecord
from graphql_app.database.session import OperationSession
from graphql_app.database.viewer_check import Access
from graphql_app.errors import Forbidden, RuleError, Unauthenticated
from graphql_app.limits import FilterContext, Limits, RateStatus, WriteLimits
from graphql_app.loaders import Loaders
from graphql_app.pacing import Pacer, Pacing
from graphql_app.sql.row_rules import Audience
from graphql_app.viewer import Viewer

__all__ = ["Context", "Info"]

OnError = Literal["NULL", "PROPAGATE", "HALT"]
"""Effect of a field's error: the field is null, the nearest nullable parent is null, or the response has no data.

https://github.com/graphql/graphql-spec/pull/1163
"""


@dataclass(slots=True)
class Commits:
    """Committed root fields of a mutation, by response key."""

    outcomes: dict[str, Any] = field(default_factory=dict)
    """Their outcomes; an exception if it is unknown whether COMMIT took effect."""
    pending: set[str] = field(default_factory=set)
    """Fields with a continuation that is still running."""
    caller: Viewer | None = None
    """Viewer of the committed changes, which differs from the request's viewer after a login in the operation."""
    stopped_by: Exception | None = None
    """Reason of an early end of the operation. Its response contains the outcomes; no further field is executed."""

    def result(self, name: str) -> Any:
        """Return the outcome of a root field of a stopped operation. Raises the reason if there is none."""
        outcome = self.outcomes.get(name, self.stopped_by)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class CallBatch(Protocol):
    """Batch of mutation calls that are performed in one transaction."""

    def join(self, call: Any) -> Awaitable[Any]:
        """Add a call; return an awaitable of its outcome."""

    def run(self, expected: int) -> Awaitable[None]:
        """Perform the calls that have joined if their number is ``expected``, else reject all of them."""


class AnyOperation(Protocol):
    """Operation that was admitted."""

    @property
    def rate(self) -> RateStatus | None:
        """State of the client's bucket, or None without a rate limit."""


@dataclass(slots=False)
class Context:
    """Context of one operation. ``services`` are objects of the application for hand-written resolvers."""

    session: OperationSession
    loaders: Loaders
    limits: Limits
    services: Any = None
    tables: Mapping[str, Table] = field(default_factory=dict)
    """Tables of the API by name."""
    writing: WriteLimits = field(default_factory=WriteLimits)
    """Limits of writes."""
    header_key: str | None = None
    """Idempotency key of the request, from its header."""
    batch: CallBatch | None = None
    """Calls of an operation with `@transaction`: see :mod:`graphql_app.mutations.calls`."""
    commits: Commits = field(default_factory=Commits)
    returned: ReturnedRecord | None = None
    """Outputs that the payload of the current mutation field selects from the record that it writes."""
    literals: Mapping[str, Any] = field(default_factory=dict)
    """Coerced values of the variables that replace literals of the document."""
    client_address: str = ""
    """IP address of the client; empty if unknown."""
    user_agent: str = ""
    """User-Agent of the client; empty if unknown."""
    user_errors: set[str] = field(default_factory=set)
    """Codes of all user errors of its mutations, selected or not, for the log."""
    pacing: Pacing = field(default_factory=lambda: Pacing(Pacer(), 0))
    """Distribution of its work over passes of the event loop."""
    fell_back: str = ""
    """Reason why graphql-core executes the operation although plans are enabled; otherwise empty."""
    programs: Mapping[str, Any] = field(default_factory=dict)
    """Executed programs by their fields, for the trace."""
    on_error: OnError = "PROPAGATE"
    operation: AnyOperation | None = None
    """The operation, with the state of the client's rate limit."""
    is_judged_by_role: bool = False
    """True if a decision depended on the viewer's role, possibly before the database has confirmed it."""
    _kept: dict[Hashable, Any] = field(default_factory=dict)

    @property
    def viewer(self) -> Viewer:
        """The authenticated caller. Raises Unauthenticated if there is none."""
        if self.caller is None:
            raise Unauthenticated
        return self.caller

    @property
    def caller(self) -> Viewer | None:
        """The authenticated caller, in the stored role once it is known, or None."""
        return self.session.access.viewer

    @property
    def role(self) -> str:
        """The viewer's role, for every decision about what may be read. Raises Unauthenticated."""
        role = self.viewer.role
        self.is_judged_by_role = True
        return role

    @cached_property
    def reading(self) -> FilterContext:
        """The context in which filters are translated."""
        return FilterContext(self.limits, self.require)

    @property
    def audience(self) -> Audience | None:
        """Audience of the statements for the present viewer; None if no rule restricts the viewer."""
        return self.session.access.audience

    def admits(self, requirement: Requirement) -> bool:
        """Return True if the viewer meets the requirement of a field. Raises Unauthenticated."""
        viewer = self.viewer
        if requirement.roles is not None:
            self.is_judged_by_role = True
        return requirement.admits(viewer)

    def require(self, requirement: Requirement | None) -> None:
        """Raise Forbidden unless the viewer meets the requirement of a field. Raises Unauthenticated."""
        if requirement is not None and not self.admits(requirement):
            raise Forbidden(requirement.message)

    def note_user_errors(self, errors: Iterable[RuleError]) -> None:
        """Add the codes of a mutation's user errors to the log."""
        self.user_errors.update(error.code for error in errors)

    def once[T](self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the result of ``make``, which is called once per operation, role and ``key``."""
        place = (None if self.caller is None else self.caller.role, key)
        if place not in self._kept:
            self._kept[place] = make()
        kept: T = self._kept[place]
        return kept

    async def become(self, viewer: Viewer) -> None:
        """Continue as ``viewer`` after a login, and drop everything that was read before."""
        self.loaders.forget()
        self._kept.clear()
        await self.session.restart(viewer.organization_id)
        self.session.access = Access(viewer, cache=self.session.access.cache)


Info = strawberry.Info[Context, None]
"""Type of a resolver's ``info``."""
