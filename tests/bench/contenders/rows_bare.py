"""By hand, rows to dicts: each statement on its own, as a role that sees every row."""

from tests.bench.contenders.handlers import READS, create, encode
from tests.bench.contenders.pool import Json, Pool, application


async def answer(pool: Pool, operation: str, variables: Json) -> bytes:
    async with pool.acquire() as connection:
        if operation == "create":
            async with connection.transaction():
                return encode(await create(connection, variables))
        return encode(await READS[operation](connection, variables))


app = application(answer)
