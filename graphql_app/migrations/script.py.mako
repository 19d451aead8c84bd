"""${message[:1].upper() + message[1:]}.

The contract of every migration, because the previous release serves while the migration runs and afterwards:

- Expand first, contract a release later. Add what the new code needs; remove or rename only what no running release
  reads or writes. A new column is nullable or has a constant default.
- Hold no lock for long. The timeouts below end a migration that waits behind, or blocks, the application: run it
  again. Create an index on a large table CONCURRENTLY (in ``op.get_context().autocommit_block()``); add a CHECK or a
  foreign key NOT VALID and validate it in a later migration; fill a column in batches, outside of this transaction.
- A new table has ``organization_id`` first in every key and index, and is secured in the same migration
  (``graphql_app.migrations.access.secure``). A backfill runs after ``SET LOCAL ROLE workline_system``: row-level
  security hides every row from the owner.
- ``downgrade`` undoes ``upgrade``. It may lose what only the new columns held, and nothing else.
"""

<%
    from graphql_app.migrations.autogenerate import merged
    code = f"{upgrades or ''}{downgrades or ''}"
%>\
% if "sa." in code:
import sqlalchemy as sa
% endif
from alembic import op
% for line in merged(imports or ""):
${line}
% endfor

revision = ${repr(up_revision).replace("'", '"')}
down_revision = ${repr(down_revision).replace("'", '"')}
branch_labels = ${repr(branch_labels).replace("'", '"')}
depends_on = ${repr(depends_on).replace("'", '"')}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    ${downgrades if downgrades else "pass"}
