"""Statements of mutations in short form."""

import re
from typing import Any

from tests.support.api import OWNER, Workline

TABLE = re.compile(r"(?:FROM|INTO|UPDATE) (?:public\.)?(\w+)|\b((?:keep|drop)_login|pg_notify)\(")
WRITE = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM) \w+ ")


async def sent_by(workline: Workline, mutation: str, input: Any, selected: str) -> list[str]:
    """Return the statements of an accepted call: ``lock tasks``, ``update tasks``, ``select tasks``."""
    schema = workline.executor._api.graphql_schema
    assert schema.mutation_type is not None
    arguments = schema.mutation_type.fields[mutation].args
    name = next(each for each in arguments if each != "errorPolicy")
    call = f"{mutation}({name}: $given) {{ errors {{ code path }} {selected} }}"
    query = f"mutation ($given: {arguments[name].type}) {{ {call} }}"
    with workline.statements() as statements:
        answer = await workline.fetch(query, OWNER, given=input)
    assert answer[mutation]["errors"] == []
    return [short(each) for each in statements]


def short(statement: str) -> str:
    """Return the verb of a statement, and its table or function."""
    found = TABLE.search(statement)
    assert found is not None, statement
    if found[2]:
        return found[2]
    if statement.startswith("WITH") and (write := WRITE.search(statement)):
        return f"{write[1].split()[0].lower()} {found[1]} and tell"
    verb = statement.split(maxsplit=1)[0].lower()
    return f"{'lock' if ' FOR ' in statement and verb == 'select' else verb} {found[1]}"
