"""Failed log-ins: counted per account and address, behind two functions that the application may call."""

import sqlalchemy as sa
from alembic import op

from graphql_app.migrations.access import OWNER, SYSTEM, act_as_system, reserve
from graphql_app.migrations.tables import moment, required, run

revision = "b3f6a1c8e254"
down_revision = "7d41e90c5ab2"
branch_labels = None
depends_on = None

# keys and steps are those of the account at the address, of the address, and of the account, in this order
COUNT_ATTEMPT = """
CREATE FUNCTION count_login_attempt(keys bytea[], steps interval[], period interval)
RETURNS interval
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    moment CONSTANT timestamptz := clock_timestamp();
    known CONSTANT boolean := EXISTS (
        SELECT FROM public.login_failures AS failure WHERE failure.key = keys[1] AND failure.known_until > moment
    );
    wait interval;
BEGIN
    SELECT max(failure.cleared_at + counted.step - period - moment) INTO wait
    FROM unnest(keys, steps) WITH ORDINALITY AS counted(key, step, place)
    JOIN public.login_failures AS failure ON failure.key = counted.key
    WHERE counted.place < 3 OR NOT known;
    -- an attempt above a limit is not counted: trying again does not prolong the wait, and writes nothing
    IF wait > interval '0' THEN
        RETURN wait;
    END IF;
    -- always locked in the order of their keys, so that two attempts cannot deadlock
    WITH written AS (
        INSERT INTO public.login_failures AS failure (key, cleared_at, expires_at)
        SELECT counted.key, moment + counted.step, moment + counted.step
        FROM unnest(keys, steps) AS counted(key, step)
        ORDER BY counted.key
        ON CONFLICT (key) DO UPDATE
        SET cleared_at = greatest(failure.cleared_at, moment) + (excluded.cleared_at - moment),
            expires_at = greatest(
                failure.known_until, greatest(failure.cleared_at, moment) + (excluded.cleared_at - moment)
            )
        RETURNING failure.key, failure.cleared_at
    )
    SELECT max(written.cleared_at - period - moment) INTO wait
    FROM written WHERE written.key <> keys[3] OR NOT known;
    -- attempts that ran at the same time have reached a limit since it was looked at
    IF wait > interval '0' THEN
        UPDATE public.login_failures AS failure SET cleared_at = failure.cleared_at - counted.step
        FROM unnest(keys, steps) AS counted(key, step) WHERE failure.key = counted.key;
        RETURN wait;
    END IF;
    DELETE FROM public.login_failures AS failure WHERE failure.key IN (
        SELECT expired.key FROM public.login_failures AS expired
        WHERE expired.expires_at < moment ORDER BY expired.expires_at LIMIT 10 FOR UPDATE SKIP LOCKED
    );
    RETURN NULL;
END
$$
"""
COUNT_COMMENT = (
    "Counts an attempt to log in as failed, before its password is verified. Returns how long to wait if it is above "
    "a limit, and is then not counted; else NULL. Deletes up to ten expired rows."
)
DISCOUNT_ATTEMPT = """
CREATE FUNCTION discount_login_attempt(keys bytea[], steps interval[], known interval)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    moment CONSTANT timestamptz := clock_timestamp();
BEGIN
    PERFORM FROM public.login_failures AS failure WHERE failure.key = ANY (keys) ORDER BY failure.key FOR UPDATE;
    UPDATE public.login_failures AS failure SET cleared_at = failure.cleared_at - counted.step
    FROM unnest(keys, steps) AS counted(key, step) WHERE failure.key = counted.key;
    IF known IS NOT NULL THEN
        INSERT INTO public.login_failures AS failure (key, cleared_at, known_until, expires_at)
        VALUES (keys[1], moment, moment + known, moment + known)
        ON CONFLICT (key) DO UPDATE
        SET cleared_at = excluded.cleared_at, known_until = excluded.known_until, expires_at = excluded.expires_at;
    END IF;
END
$$
"""
DISCOUNT_COMMENT = (
    "Takes a counted attempt back, because it succeeded or its password was not verified. After a success, the "
    "failures of the account at the address are forgotten, and the address is known to the account for an interval."
)
FUNCTIONS = {
    "count_login_attempt(bytea[], interval[], interval)": (COUNT_ATTEMPT, COUNT_COMMENT),
    "discount_login_attempt(bytea[], interval[], interval)": (DISCOUNT_ATTEMPT, DISCOUNT_COMMENT),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "login_failures",
        required("key", sa.LargeBinary(), "A keyed hash of an account, of a client address, or of both."),
        moment("cleared_at", "When the last of the failures counted so far is forgotten.", nullable=False),
        moment("known_until", "Until when the address counts as known to the account; null if it never logged in."),
        moment("expires_at", "When the row may be deleted.", nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_login_failures_expires_at"), "login_failures", ["expires_at"])
    run(reserve("login_failures"))
    for function, (definition, comment) in FUNCTIONS.items():
        op.execute(definition)
        op.execute(f"COMMENT ON FUNCTION {function} IS '{comment}'")
        run(act_as_system(function))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute(f"SET LOCAL ROLE {SYSTEM}")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.drop_table("login_failures")
