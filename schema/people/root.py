"""Root fields of workers."""

import strawberry

from graphql_app.types.lists import connection
from graphql_app.types.records import by_id
from schema.people import models as m
from schema.people.mutations import CurrencyMutation, WorkerMutation

NODES = (m.Worker,)


@strawberry.type
class Query:
    worker = by_id(m.Worker, "Worker with this ID; null if there is none.")
    workers = connection(m.Worker, "Workers of the organization.")


@strawberry.type
class Mutation(WorkerMutation, CurrencyMutation):
    """Mutations of workers, and of the currency of their rates."""
