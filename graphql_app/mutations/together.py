"""Several deeds as one transaction: all of them are done, or none is."""

import asyncio
from collections.abc import Sequence

from graphql_app.database.connection import PooledConnection
from graphql_app.errors import Invalid, RolledBack
from graphql_app.execution.context import Context
from graphql_app.mutations.deeds import (
    REFUSALS,
    Deed,
    database,
    note_commit,
    note_unknown,
    once,
    refusal,
    run_continuation,
)
from graphql_app.mutations.payloads import Outcome


class Together:
    """The deeds of a transaction in their order. Their fields wait until the outcome of all is known."""

    def __init__(self) -> None:
        self.deeds: list[Deed] = []
        self._names: list[str] = []
        self._outcomes: list[asyncio.Future[Outcome]] = []
        self._at = 0

    def join(self, deed: Deed, name: str) -> asyncio.Future[Outcome]:
        """Add the deed of the root field with the response key ``name``; return its outcome to come."""
        outcome = asyncio.get_running_loop().create_future()
        self.deeds.append(deed)
        self._names.append(name)
        self._outcomes.append(outcome)
        return outcome

    def give_up(self) -> None:
        """Do none of them: something that belongs to the transaction cannot even be begun."""
        self._tell([_rolled_back() for _ in self.deeds])

    async def run(self, context: Context) -> None:
        """Do all of them in one transaction, or tell what keeps them from being done."""
        refused = [_refused(deed) for deed in self.deeds]
        if any(refused):
            return self._tell([outcome or _rolled_back() for outcome in refused])
        try:
            outcomes = await self._done(context)
        except Exception as error:
            self._fail(error)
        else:
            self._tell(outcomes)
        finally:
            context.loaders.forget()

    async def _done(self, context: Context) -> Sequence[Outcome]:
        async def work(connection: PooledConnection) -> list[Outcome]:
            db, outcomes = database(context, connection), []
            for at, deed in enumerate(self.deeds):
                self._at = at
                outcomes.append(await once(db, deed, context))
            return outcomes

        try:
            await self._prepare()
            repeatable = all(deed.key is not None for deed in self.deeds)
            outcomes = await context.gate.write(work, repeatable=repeatable)
        except REFUSALS as error:
            told = refusal(error, self.deeds[self._at], context)
            return [told if at == self._at else _rolled_back() for at in range(len(self.deeds))]
        except asyncio.CancelledError:
            for name in self._names:
                note_unknown(context, name)
            raise
        committed = [*zip(self.deeds, outcomes, self._names, strict=True)]
        for each in committed:
            note_commit(context, *each)
        return [await run_continuation(context, *each) for each in committed]

    async def _prepare(self) -> None:
        for at, deed in enumerate(self.deeds):
            self._at = at
            if deed.prepare is not None:
                await deed.prepare()

    def _tell(self, outcomes: Sequence[Outcome]) -> None:
        for waiting, outcome in zip(self._outcomes, outcomes, strict=True):
            waiting.set_result(outcome)

    def _fail(self, error: Exception) -> None:
        """An error that is not the client's: of the field where it happened."""
        for at, waiting in enumerate(self._outcomes):
            if at == self._at:
                waiting.set_exception(error)
            else:
                waiting.set_result(_rolled_back())


def _refused(deed: Deed) -> Outcome | None:
    if deed.alone:
        return Outcome(errors=[Invalid("This cannot be part of a transaction.", code="NOT_IN_TRANSACTION")])
    return deed.refused


def _rolled_back() -> Outcome:
    return Outcome(errors=[RolledBack("Nothing was done, since another part of the transaction failed.")])
