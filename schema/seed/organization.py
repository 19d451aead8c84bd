"""Rows of one organization, in an order in which they can be inserted."""

from collections.abc import Iterator

from schema.seed.accounts import open_accounts
from schema.seed.billing import Billing
from schema.seed.catalogue import stock
from schema.seed.ledger import Ledger
from schema.seed.people import hire
from schema.seed.phrases import Phrases
from schema.seed.scene import Row, Scene
from schema.seed.talk import Talk
from schema.seed.work import Work


def organization_rows(scene: Scene, password_hash: str) -> Iterator[Row]:
    """Yield the rows one after the other. Only people, accounts and the catalogue are held in memory.

    Accounts have a balance of zero. Their real balance follows from the entries.
    """
    people, catalogue, accounts = hire(scene, password_hash), stock(scene), open_accounts(scene)
    phrases = Phrases(
        scene.dice,
        scene.business.trade,
        colleagues=[person.name for person in people.users],
        customers=[customer.name for customer in accounts.customers],
    )
    ledger, talk = Ledger(scene, accounts), Talk(scene, people, phrases)
    work = Work(scene, people, catalogue, phrases, talk)
    yield scene.organization()
    for rows in (people.rows, catalogue.rows, accounts.rows, ledger.open(people.managers[0])):
        yield from rows
    yield from Billing(scene, people, ledger, work).orders()
    yield from work.rest()
    yield from talk.posts()
