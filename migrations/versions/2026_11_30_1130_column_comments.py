"""Comments of columns in the terms of the API, whose descriptions they are."""

from alembic import op

revision = "a4e7c2915d3f"
down_revision = "3b9f4d1e8c60"
branch_labels = None
depends_on = None

SHARED = {
    "created_at": (
        "When it was created.",
        "Time of creation.",
        "accounts categories comments entries idempotency_keys labels logins order_lines orders organizations payments "
        "posts task_labels tasks transfers users workers",
    ),
    "id": (
        "A UUIDv7: ordered by creation.",
        "ID of the record, a UUIDv7: IDs sort by creation time.",
        "accounts categories comments entries idempotency_keys labels order_lines orders organizations payments posts "
        "tasks transfers users workers",
    ),
    "organization_id": (
        "The organization that it belongs to.",
        "ID of the organization.",
        "accounts categories comments entries idempotency_keys labels order_lines orders payments posts task_labels "
        "tasks transfers users workers",
    ),
    "updated_at": (
        "When it was last changed.",
        "Time of the last change.",
        "accounts categories comments entries idempotency_keys labels logins order_lines orders organizations payments "
        "posts task_labels tasks transfers users workers",
    ),
    "version": (
        "Counts up with each change. Send it back as `expectedVersion` to change only what you have seen.",
        "Version of the record, which increases with each change. Pass it as `expectedVersion` to change the "
        "record only at this version.",
        "accounts categories comments labels order_lines orders organizations payments posts tasks users workers",
    ),
}
"""Old and new comment of a column, and the tables that have it."""
CHANGES = """
login_failures.key: A keyed hash of an account, of a client address, or of both.
=> Keyed hash of an account, a client address, or both.
login_failures.cleared_at: When the last of the failures counted so far is forgotten.
=> Time at which the last counted failure expires.
login_failures.known_until: Until when the address counts as known to the account; null if it never logged in.
=> Time until which the address is known to the account; null if it has never logged in.
login_failures.expires_at: When the row may be deleted.
=> Time after which the row may be deleted.
organizations.name: What it is called: 1 to 200 characters.
=> Name of the organization, 1-200 characters.
organizations.currency: The currency of its hourly rates, by its ISO 4217 code.
=> Currency of the hourly rates (ISO 4217 code).
accounts.kind: Whose money it holds.
=> Kind of the account: the owner of its money.
accounts.name: Whose or what for: 1 to 200 characters.
=> Name of the account, 1-200 characters.
accounts.currency: The currency of everything in it, by its ISO 4217 code.
=> Currency of the account (ISO 4217 code).
accounts.balance: What is in it now.
=> Current balance, in the account's currency.
accounts.minimum_balance: The limit that the balance never goes below; null for an account without one.
=> Minimum of the balance, in the account's currency; null if there is none.
accounts.closed_at: When it was closed, which takes a balance of zero; null while it can be used.
=> Time at which the account was closed, with a balance of zero; null for an open account.
categories.name: Its name, unique in the organization: 1 to 100 characters.
=> Name, 1-100 characters, unique in the organization.
categories.description: What belongs in it: up to 2,000 characters.
=> Description of the category, up to 2,000 characters.
labels.name: Its name, unique in the organization: 1 to 50 characters.
=> Name, 1-50 characters, unique in the organization.
labels.color: The color to show it in: `#` and six lower-case hexadecimal digits.
=> Display color: `#` and six lower-case hexadecimal digits.
users.name: What the user is called: 1 to 200 characters.
=> Name of the user, 1-200 characters.
users.email: The e-mail address, as the user writes it. Unique in the organization, whatever the letters' case.
=> Email address, in the user's own spelling. Unique in the organization, case-insensitive.
users.role: What the user may do.
=> Role of the user, which determines the user's rights.
users.deactivated_at: When the user lost access; null for a user who can log in.
=> Time of the deactivation; null for an active user.
users.credentials_version: Counts up when the password changes or access ends; tokens of earlier versions are refused.
=> Increases when the password changes or access ends; tokens of earlier versions are invalid.
idempotency_keys.user_id: The id of the user who sent it.
=> ID of the user who sent the key.
idempotency_keys.mutation: The mutation that was sent under it.
=> Name of the mutation that was called with the key.
idempotency_keys.key: What the client calls this one call: 1 to 255 characters.
=> Idempotency key, 1-255 characters.
idempotency_keys.digest: The SHA-256 of the input that it was first sent with.
=> SHA-256 hash of the input of the first call.
idempotency_keys.result: The ids of the records that were the result.
=> IDs of the records in the result.
idempotency_keys.expires_at: When it is forgotten.
=> Time of expiry.
logins.email: The address typed at log-in, in lower case.
=> Email address for log-in, in lower case.
logins.organization_id: The organization that the address logs in to.
=> ID of the organization that the address logs in to.
logins.user_id: The user that the address logs in as. One address per user.
=> ID of the user that the address logs in as. One address per user.
logins.password_hash: The password's Argon2 hash, with its parameters.
=> Argon2 hash of the password, with its parameters.
orders.customer_account_id: The id of the account that the customer pays from.
=> ID of the account from which the customer pays.
orders.created_by_id: The id of the user who drafted it.
=> ID of the user who created the order.
orders.number: The number people call it by: unique in the organization, counts up.
=> Order number, ascending and unique in the organization.
orders.status: How far it has come.
=> Status of the order.
orders.currency: The currency of its prices and of the account (ISO 4217).
=> Currency of the order and of its account (ISO 4217 code).
orders.total: The sum of its lines' amounts.
=> Sum of the amounts of the lines.
orders.note: What else is to be known about it: 1 to 2,000 characters.
=> Note on the order, 1-2,000 characters.
orders.placed_at: When the customer placed it; null for a draft.
=> Time of placement; null if it was never placed.
orders.paid_at: When it was paid; null until then.
=> Time of payment; null until then.
orders.fulfilled_at: When all of it was done; null until then.
=> Time of fulfilment; null until then.
orders.cancelled_at: When it was called off, if it was.
=> Time of cancellation; null if it is not cancelled.
posts.author_id: The id of the user who wrote it.
=> ID of the author.
posts.title: What it is about, in one line: 1 to 200 characters.
=> Title of the post, 1-200 characters.
posts.body: What it says: 1 to 50,000 characters.
=> Text of the post, 1-50,000 characters.
posts.published_at: When it was published; null for a draft.
=> Time of publication; null for a draft.
posts.search_vector: The words of its title and body, and its organization, computed for the search.
=> Search vector of title and body, with the organization.
transfers.from_account_id: The id of the account that it took the money from.
=> ID of the account from which the money was transferred.
transfers.to_account_id: The id of the account that it brought the money to.
=> ID of the account to which the money was transferred.
transfers.reverses_id: The id of the transfer that this one undoes.
=> ID of the transfer that this one reverses; null if it is not a reversal.
transfers.created_by_id: The id of the user who ordered it; null for a transfer by the system itself.
=> ID of the user who created the transfer; null for a transfer by the system.
transfers.amount: How much, always more than zero.
=> Amount, always greater than zero.
transfers.currency: The currency of the amount and of both accounts (ISO 4217).
=> Currency of the amount and of both accounts (ISO 4217 code).
transfers.memo: What it was for: 1 to 500 characters.
=> Purpose of the transfer, 1-500 characters.
transfers.key: The id of the payment that moved it, which makes it happen once; null for any other transfer.
=> ID of the payment that caused the transfer, so that it happens once; null for any other transfer.
workers.user_id: The id of the user who this worker is, if they log in.
=> ID of the user linked to the worker; null for a worker who does not log in.
workers.name: What the worker is called: 1 to 200 characters.
=> Name of the worker, 1-200 characters.
workers.hourly_rate: What an hour of the worker's time costs, in the organization's currency.
=> Cost of one hour of work, in the organization's currency.
workers.deactivated_at: Since when the worker takes no more tasks; null for an active worker.
=> Time of the deactivation; null for an active worker.
workers.search_vector: The words of its name, and its organization, computed for the search.
=> Search vector of name, with the organization.
entries.transfer_id: The id of the transfer that it is half of.
=> ID of the transfer.
entries.account_id: The id of the account whose balance it changed.
=> ID of the account.
entries.amount: How much the balance changed, in the account's currency: less than zero for money taken out.
=> Change of the balance, in the account's currency; negative for outgoing money.
order_lines.order_id: The id of the order that it is a line of.
=> ID of the order.
order_lines.position: Its place in the order, counted from 1.
=> Position in the order, starting at 1.
order_lines.description: What was ordered: 1 to 500 characters.
=> Description of the item, 1-500 characters.
order_lines.quantity: How many, or how much: pieces, hours, metres.
=> Quantity, for example of pieces, hours or metres.
order_lines.unit_price: The price of one, in the order's currency.
=> Price per unit, in the order's currency.
payments.amount: How much, always more than zero.
=> Amount, always greater than zero.
payments.order_id: The id of the order that it is for.
=> ID of the order that is paid.
payments.payee_account_id: The id of the account that receives the money.
=> ID of the account that receives the money.
payments.transfer_id: The id of the transfer that moved the money, if any did.
=> ID of the transfer that moved the money; null if no money has moved.
payments.created_by_id: The id of the user who started it.
=> ID of the user who started the payment.
payments.status: How far it has come.
=> Status of the payment.
payments.currency: The currency of the amount and of the account (ISO 4217).
=> Currency of the amount and of the account (ISO 4217 code).
payments.failure: Why it failed, if it did.
=> Reason for the failure; null unless the payment failed.
payments.completed_at: When it was settled, refunded or failed; null while that is not certain.
=> Time at which the payment was settled, refunded or failed; null while it is pending or refunding.
tasks.category_id: The id of its category; null while it has none.
=> ID of the category; null if the task has none.
tasks.assignee_id: The id of the worker who does it; null for nobody yet.
=> ID of the worker to whom the task is assigned; null if unassigned.
tasks.creator_id: The id of the user who created it.
=> ID of the user who created the task.
tasks.completed_by_id: The id of the user who declared it done.
=> ID of the user who completed the task; null if it is not completed.
tasks.parent_id: The id of the task that it is a part of.
=> ID of the parent task; null for a top-level task.
tasks.order_id: The id of the order that it helps to fulfil.
=> ID of the order that the task fulfils; null if it belongs to no order.
tasks.title: What is to be done, in one line: 1 to 200 characters.
=> Title of the task, 1-200 characters.
tasks.description: What is to be done, at length: up to 10,000 characters.
=> Description of the task, up to 10,000 characters.
tasks.status: How far it has come.
=> Status of the task.
tasks.priority: How urgent it is, from 1 (whenever there is time) to 5 (at once).
=> Priority from 1 (lowest) to 5 (highest).
tasks.due_at: When it has to be done by; null for no such time.
=> Due date and time; null if there is none.
tasks.completed_at: When it was done; null while it is not.
=> Time of completion; null if the task is not done.
tasks.processed_at: When everything that follows from its completion had been done; null until then.
=> Time at which the work that follows the completion was finished; null until then.
tasks.search_vector: The words of its title and description, and its organization, computed for the search.
=> Search vector of title and description, with the organization.
comments.author_id: The id of the user who wrote it.
=> ID of the author.
comments.post_id: The id of the post it is on; null if it is on a task.
=> ID of the post; null for a comment on a task.
comments.task_id: The id of the task it is on; null if it is on a post.
=> ID of the task; null for a comment on a post.
comments.body: What it says: 1 to 10,000 characters.
=> Text of the comment, 1-10,000 characters.
comments.search_vector: The words of its body, and its organization, computed for the search.
=> Search vector of body, with the organization.
task_labels.task_id: The id of the task that carries the label.
=> ID of the task that has the label.
task_labels.label_id: The id of the label that the task carries.
=> ID of the label of the task.
"""
"""Column and old comment, then the new one."""


def changes() -> list[tuple[str, str, str, str]]:
    """Return table, column, old and new comment of every changed column."""
    found = [(table, column, old, new) for column, (old, new, tables) in SHARED.items() for table in tables.split()]
    lines = CHANGES.strip().splitlines()
    for before, after in zip(lines[::2], lines[1::2], strict=True):
        place, old = before.split(": ", 1)
        table, column = place.split(".")
        found.append((table, column, old, after.removeprefix("=> ")))
    return found


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for table, column, _, new in changes():
        comment(table, column, new)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for table, column, old, _ in changes():
        comment(table, column, old)


def comment(table: str, column: str, text: str) -> None:
    """Set the comment of a column. A project on the engine may lack some of the tables and columns."""
    quoted = text.replace("'", "''")
    statement = f"COMMENT ON COLUMN {table}.{column} IS '{quoted}'"
    found = f"attrelid = to_regclass('{table}') AND attname = '{column}' AND NOT attisdropped"
    exists = f"EXISTS (SELECT FROM pg_attribute WHERE {found})"
    op.execute(f"DO $$ BEGIN IF {exists} THEN {statement}; END IF; END $$")
