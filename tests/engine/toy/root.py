"""Root fields of the toy. A test defines the fields ``ask`` and ``run`` by a Script."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import strawberry

from graphql_app.context import Context, Info
from graphql_app.database.transaction import WriteTransaction
from graphql_app.mutations.calls import Continuation, MutationCall
from graphql_app.mutations.mutation import TransactionalField
from graphql_app.mutations.payloads import Outcome, outcome_of
from graphql_app.mutations.user_errors import USER_ERRORS
from graphql_app.strawberry_adapter import Arguments
from graphql_app.types.declarations import argument, cached, public, resolved
from graphql_app.types.lists import connection
from graphql_app.types.records import by_id
from graphql_app.types.schema import Api, build_schema
from tests.engine.toy import changes
from tests.engine.toy import models as m
from tests.engine.toy import types as _types  # noqa: F401 (declares them)

Question = Callable[[Context], Awaitable[str]]
Rule = Callable[[WriteTransaction], Awaitable[Any]]


@dataclass
class Script:
    """Functions of the fields ``ask`` and ``run`` by name; ``continuation`` follows each run."""

    questions: dict[str, Question] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    continuation: Continuation | None = None


@strawberry.type
class Query:
    organizations = connection(m.Organization, "The library.")
    shelves = connection(m.Shelf, "The shelves.")
    shelf = by_id(m.Shelf, "A shelf.")
    authors = connection(m.Author, "The authors.")
    books = connection(m.Book, "The books.")
    book = by_id(m.Book, "A book.")
    covers = connection(m.Cover, "The covers.")
    tags = connection(m.Tag, "The tags.")
    notes = connection(m.Note, "The notes.")

    @resolved
    async def ask(self, info: Info, name: str) -> str | None:
        """Result of the test's question of this name."""
        script: Script = info.context.services
        return await script.questions[name](info.context)

    @cached(60)
    @public
    def greeting(self, info: Info) -> str:
        """Public greeting."""
        return "Welcome."


class Scripted(TransactionalField):
    """Mutation that runs the test's rule of this name."""

    def __init__(self) -> None:
        description = "Mutation that runs the test's rule of this name."
        super().__init__(changes.BookPayload, description, argument("name", str, "The rule's name."))

    def call(self, context: Context, arguments: Arguments) -> MutationCall:
        script: Script = context.services
        rule = script.rules[arguments["name"]]

        async def work(tx: WriteTransaction) -> Outcome:
            return outcome_of(await rule(tx))

        return MutationCall(work, compared=lambda: arguments, continuation=script.continuation)


@strawberry.type
class Mutation:
    run = Scripted()

    @resolved
    async def shout(self, info: Info) -> str | None:
        """Mutation outside the database."""
        return "Hey!"


@cache
def build() -> Api:
    """Build the toy's API."""
    return build_schema(nodes=m.NODES, queries=[Query], mutations=[changes.Mutation, Mutation], types=USER_ERRORS)
