"""The domain's types and mutations."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import strawberry
from strawberry import ID

from graphql_app.database.transaction import WriteTransaction
from graphql_app.models.kinds import JSON, BigInt, LocalDateTime
from graphql_app.models.kinds.ranges import (
    BigIntRange,
    DateRange,
    DateTimeRange,
    DecimalRange,
    IntRange,
    LocalDateTimeRange,
)
from graphql_app.mutations.bulk import bulk
from graphql_app.mutations.inputs import InputValues, input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import BulkPayload, Payload, record, results
from graphql_app.mutations.user_errors import USER_ERRORS
from graphql_app.sql.edges import reverse
from graphql_app.types.declarations import computed, field, optional
from graphql_app.types.lists import connection, to_many
from graphql_app.types.model_type import model_type
from graphql_app.types.records import Node, by_id
from graphql_app.types.relations import to_one
from graphql_app.types.schema import Api, build_schema
from tests.domains.kinds import models as m

COLUMNS: dict[str, Any] = {
    "small": int,
    "whole": int,
    "big": BigInt,
    "ratio": float,
    "single": float,
    "amount": Decimal,
    "exact": Decimal,
    "yes": bool,
    "words": str,
    "line": str,
    "code": str,
    "fixed": str,
    "ref": ID,
    "day": date,
    "hour": time,
    "moment": datetime,
    "local": LocalDateTime,
    "lasting": timedelta,
    "data": bytes,
    "doc": JSON,
    "texts": list[str],
    "smalls": list[int],
    "days": list[date],
    "refs": list[ID],
    "grade": m.Grade,
    "mood": m.Mood,
    "color": m.Color,
    "grades": list[m.Grade],
    "secret": str,
    "negated": int,
    "shifted": Decimal,
    "span": IntRange,
    "wide": BigIntRange,
    "prices": DecimalRange,
    "stay": DateRange,
    "shift": DateTimeRange,
    "opening": LocalDateTimeRange,
    "class_": str,
}
"""Columns that clients write, with their annotations."""


COMPUTED: dict[str, Any] = {
    "total": BigInt | None,
    "year": int | None,
    "share": Decimal | None,
    "label": str,
    "is_small": bool,
    "next_day": date | None,
    "later": datetime | None,
    "first_text": str | None,
    "best": m.Grade,
    "shade": m.Color | None,
    "part": JSON | None,
    "some": list[int],
    "peers": int,
}
"""Values that PostgreSQL computes, with their annotations."""


@model_type(m.Collection)
class Collection(Node):
    name: str
    size: int

    samples = to_many(reverse(m.Sample.collection))


def _sample() -> type:
    annotations = {name: kind | None for name, kind in {**COLUMNS, "halved": int}.items()}

    @computed("class_", "lasting")
    def heading(self: Any) -> str | None:
        """Class and days of the sample, which a resolver reads as Python values."""
        return None if self.class_ is None else f"{self.class_} {self.lasting.days}"

    body = {"__annotations__": {**annotations, **COMPUTED, "version": int}, "heading": heading}
    body["collection"] = to_one(m.Sample.collection)
    return model_type(m.Sample)(type("Sample", (Node,), body))


_sample()


def _input(name: str, **fields: Any) -> type:
    annotations = {"id": ID, "expected_version": int | None} if "id" in fields else {}
    annotations |= {column: kind | None for column, kind in COLUMNS.items()}
    described = {column: optional("Value.") for column in COLUMNS}
    body = {"__annotations__": annotations, **fields, **described}
    return input_of(m.Sample, "Values of a sample.")(type(name, (), body))


AddSampleInput = _input("AddSampleInput")
ChangeSampleInput = _input("ChangeSampleInput", id=field("ID."), expected_version=optional("Version."))


@strawberry.type(description="Result.")
class SamplePayload(Payload):
    sample = record(m.Sample, "The sample.")


@strawberry.type(description="Results.")
class SamplesPayload(BulkPayload):
    results = results(SamplePayload, "Each sample.")


async def add_sample(tx: WriteTransaction, **given: Any) -> m.Sample:
    """Insert a sample."""
    return await tx.save(m.Sample(organization_id=tx.organization_id, **given))


async def change_sample(
    tx: WriteTransaction, *, id: UUID, expected_version: int | None = None, **given: Any
) -> m.Sample:
    """Change a sample."""
    return await tx.change(await tx.lock(m.Sample, id, expected_version), **given)


async def add_samples(tx: WriteTransaction, rows: Sequence[InputValues]) -> list[m.Sample]:
    """Insert samples."""
    return await tx.save_all([m.Sample(organization_id=tx.organization_id, **row) for row in rows])


@strawberry.type
class Query:
    samples = connection(m.Sample, "The samples.")
    sample = by_id(m.Sample, "A sample.")


@strawberry.type
class Mutation:
    add_sample = mutation(add_sample, AddSampleInput, SamplePayload, "Add a sample.")
    change_sample = mutation(change_sample, ChangeSampleInput, SamplePayload, "Change a sample.")
    add_samples = bulk(add_samples, AddSampleInput, SamplesPayload, "Add samples.")


@cache
def build() -> Api:
    """Return the domain's API."""
    return build_schema(nodes=m.NODES, queries=[Query], mutations=[Mutation], types=USER_ERRORS)
