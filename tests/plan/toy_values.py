"""Pools of the toy's random documents: random libraries, questions, and mutations without effect."""

from functools import cache
from random import Random
from typing import Any

from graphql_app.context import Context
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Conflict, Invalid
from graphql_app.viewer import Viewer
from tests.engine.datasets import library
from tests.engine.examples import SEED
from tests.engine.toy.models import Book
from tests.engine.toy.root import Script
from tests.engine.toy.rows import MOMENT, TEXTS, Maker
from tests.engine.toy.types import FAILING, OWNER, READER
from tests.engine.toy_api import viewer_of
from tests.plan.documents.pools import Pools
from tests.plan.documents.tree import Arguments

LARGE = library("large").rows
BOOK = LARGE["books"][0]["id"]
TYPES = {
    "organizations": "Organization",
    "shelves": "Shelf",
    "authors": "Author",
    "books": "Book",
    "covers": "Cover",
    "tags": "Tag",
    "notes": "Note",
}


@cache
def random_libraries() -> list[Maker]:
    """Return libraries of random sizes with random rows."""
    random = Random(SEED)
    sizes = [
        (random.randint(0, 30), random.randint(1, 4), random.randint(1, 4), random.randint(1, 4)) for _ in range(6)
    ]
    return [Maker(f"random {number}", size) for number, size in enumerate(sizes)]


def viewers() -> list[Viewer]:
    """Return an owner and a reader of each library, beginning with the largest one."""
    libraries = [*(library(name) for name in ("large", "small", "single", "empty")), *random_libraries()]
    return [viewer_of(each.organization, role) for role in (OWNER, READER) for each in libraries]


async def _read(context: Context) -> str:
    """Load the result of a hand-written resolver."""
    book = await context.loaders.by_id(Book, BOOK)
    return "nothing" if book is None else book.title


async def _break(context: Context) -> str:
    raise RuntimeError("a bug")


async def _touch(tx: WriteTransaction) -> Any:
    return await tx.lock(Book, BOOK)


async def _collide(tx: WriteTransaction) -> Any:
    raise Conflict("The record was changed first.", "id", model=Book, id=BOOK)


async def _refuse(tx: WriteTransaction) -> Any:
    raise Invalid("This is not valid.", "input", "title")


def toy_script() -> Script:
    """Return the questions and rules of the toy's fields ``ask`` and ``run``."""
    return Script(
        questions={"read": _read, "break": _break},
        rules={"touch": _touch, "collide": _collide, "refuse": _refuse},
    )


def _inputs(*inputs: str) -> list[Arguments]:
    return [(("input", text),) for text in inputs]


def toy_pools() -> Pools:
    """Return values of the toy's rows, and others."""
    book, shelf = BOOK, LARGE["shelves"][0]["id"]
    libraries = [LARGE, *(each.rows for each in random_libraries())]
    return Pools(
        ids={name: [str(row["id"]) for rows in libraries for row in rows[table][:3]] for table, name in TYPES.items()},
        foreign=[str(library("other").rows["books"][0]["id"])],
        texts=[*TEXTS, "A", "Ann", "ann", "word 01", "shelf 01", "red", "fine"],
        scalars={
            "Int": [0, 1, 2, 10, 20, 30, 40, 2**15 - 1],
            "Boolean": [True, False],
            "Decimal": ["9.90", "9.9", "1.00", "0", "-0.01", "9999999999999999.99"],
            "DateTime": [MOMENT.isoformat(), "2026-03-01T13:00:00.123457+01:00", "2026-02-28T12:00:00.123456Z"],
        },
        words={"timeZone": ["UTC", "Europe/Berlin"], "name": ["read"]},
        odd_words={"timeZone": ["Nowhere"], "name": ["break"]},
        failing=FAILING,
        mutations={
            "run": [(("name", f'"{rule}"'),) for rule in ("touch", "collide", "refuse")],
            "changeBook": _inputs(f'{{id: "{book}", expectedVersion: 99}}', f'{{id: "{shelf}"}}', '{id: "garbage"}'),
            "removeShelf": _inputs(f'{{id: "{shelf}"}}'),
        },
    )
