"""Changes of generated rows that satisfy the rules of their tables."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.support.organizations.distinct_values import TWINS, OrganizationValues
from tests.support.organizations.ids import id_of
from tests.support.passwords import HASH

Shape = Callable[[dict[str, Any], int, OrganizationValues], dict[str, Any]]


def pair(number: int) -> int:
    """Return the number of the row that two rows share."""
    return number if number >= TWINS else number // 2


def identity_id(flavour: OrganizationValues, number: int) -> UUID:
    """Return the id of the identity of a user. Ids of identities are unique across organizations."""
    return id_of(f"identities of {flavour.word}", number)


def user(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    """Mix upper and lower case; the last user but one is deactivated."""
    deactivated = row["deactivated_at"] if number == TWINS - 2 else None
    return {
        "email": f"{flavour.word}.{number}@Example.com",
        "deactivated_at": deactivated,
        "credentials_version": 1,
        "identity_id": identity_id(flavour, number),
    }


def identity(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    return {
        "id": identity_id(flavour, number),
        "email": f"{flavour.word}.{number}@example.com".lower(),
        "password_hash": HASH,
        "verified_at": row["created_at"],
        **dict.fromkeys(("totp_secret", "totp_enabled_at", "totp_step")),
    }


def api_key(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    return {"scopes": "read write" if number % 2 else "read"}


def invitation(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    """Invite addresses that no user has."""
    return {"email": f"{flavour.word}.invited.{number}@Example.com"}


def job(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    has_ended = row["status"] in ("SUCCEEDED", "FAILED", "CANCELLED")
    return {
        "finished_at": row["created_at"] if has_ended else None,
        "leased_until": row["leased_until"] if row["status"] == "RUNNING" else None,
        "concurrency_key": f"{flavour.word} {number}",
        "priority": 1 + number % 3 if flavour.number == 1 else 4 + number % 2,
    }


def worker(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    return {"deactivated_at": row["deactivated_at"] if number == TWINS - 2 else None}


def label(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    return {"color": f"#{flavour.number:03x}{number:03x}"}


def task(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    """Three of the priorities are Alpha's; the second task is due in many years, the others were due long ago."""
    done = row["status"] == "DONE"
    later = row["due_at"].replace(year=row["due_at"].year + 70) if number == 1 else row["due_at"]
    return {
        "priority": 1 + number % 3 if flavour.number == 1 else 4 + number % 2,
        "due_at": later,
        "completed_at": row["completed_at"] if done else None,
        "completed_by_id": row["completed_by_id"] if done else None,
        "processed_at": row["processed_at"] if done else None,
    }


def account(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    """Close the last account but one, which is empty; the last one is empty as well, and of kind OWN."""
    closed = number == TWINS - 2
    limit = row["minimum_balance"]
    return {
        "kind": "OWN" if number == TWINS - 1 else row["kind"],
        "minimum_balance": limit if limit is None else -limit,
        "balance": 0 if closed or number == TWINS - 1 else row["balance"],
        "closed_at": row["closed_at"] if closed else None,
    }


def transfer(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    """Reverse each transfer by the next one. The closed account receives none."""
    target = (pair(number) + 1) % flavour.rows
    return {
        "from_account_id": id_of("accounts", pair(number)),
        "to_account_id": id_of("accounts", target if target != TWINS - 2 else TWINS - 1),
        "reverses_id": id_of("transfers", number - 1) if number % 2 else None,
        "key": None,
    }


def entry(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    """Debit one account, and credit the other."""
    out = number % 2 == 0
    account = pair(pair(number)) + (0 if out else 1)
    return {
        "account_id": id_of("accounts", account % flavour.rows),
        "amount": -row["amount"] if out else row["amount"],
    }


def order(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    """Place the second order, by a customer."""
    status = row["status"]
    return {
        "customer_account_id": id_of("accounts", 1) if number == 1 else row["customer_account_id"],
        "placed_at": row["placed_at"] if status in ("PLACED", "PAID", "FULFILLED") else None,
        "paid_at": row["paid_at"] if status in ("PAID", "FULFILLED") else None,
        "fulfilled_at": row["fulfilled_at"] if status == "FULFILLED" else None,
        "cancelled_at": row["created_at"] if status == "CANCELLED" else None,
    }


def order_line(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    quantity = flavour.number + number
    return {"quantity": quantity, "amount": quantity * row["unit_price"]}


def payment(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    status = row["status"]
    return {
        "transfer_id": id_of("transfers", number) if status in ("SETTLED", "REFUNDING", "REFUNDED") else None,
        "completed_at": None if status in ("PENDING", "REFUNDING") else row["completed_at"],
        "failure": row["failure"] if status == "FAILED" else None,
    }


def comment(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    """Comment on a post or on a task in turn, on the first of each for the twins."""
    subject = number if number >= TWINS else 0
    on_post = number % 2 == 0
    return {
        "post_id": id_of("posts", subject) if on_post else None,
        "task_id": None if on_post else id_of("tasks", subject),
    }


def event(row: dict[str, Any], number: int, flavour: OrganizationValues) -> dict[str, Any]:
    """Events of tasks, whose titles are values that no other organization has."""
    return {
        "subject_type": "Task",
        "subject_id": id_of("tasks", number),
        "actor_id": id_of("users", number),
        "key_id": id_of("api_keys", number),
        "changes": json.dumps({"title": [f"{flavour.word} events.{each} {number}" for each in ("old", "changes")]}),
    }


SHAPES: dict[str, Shape] = {
    "users": user,
    "identities": identity,
    "api_keys": api_key,
    "invitations": invitation,
    "jobs": job,
    "workers": worker,
    "labels": label,
    "tasks": task,
    "accounts": account,
    "transfers": transfer,
    "entries": entry,
    "orders": order,
    "order_lines": order_line,
    "payments": payment,
    "comments": comment,
    "events": event,
}
