"""Hand-written handlers of a multi-tenant server: rows to dicts, in a transaction that sets the organization.

It connects like Workline, under row-level security; a read has one snapshot.
"""

from uuid import UUID

from tests.bench.contenders.by_hand import READS, WRITES
from tests.bench.contenders.by_hand.rows import encode
from tests.bench.contenders.pool import Json, Pool, application

READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
OPERATIONS = {*READS, *WRITES}


async def answer(pool: Pool, operation: str, variables: Json) -> bytes:
    tenant = UUID(variables["organization"])
    async with pool.acquire() as connection:
        if operation in READS:
            await connection.execute(f"{READ}; SET LOCAL app.org = '{tenant}'")
            try:
                return encode(await READS[operation](connection, variables))
            finally:
                await connection.execute("ROLLBACK")
        await connection.execute(f"BEGIN; SET LOCAL app.org = '{tenant}'")
        try:
            data = await WRITES[operation](connection, variables)
        except BaseException:
            await connection.execute("ROLLBACK")
            raise
        await connection.execute("COMMIT")
        return encode(data)


app = application(answer)
