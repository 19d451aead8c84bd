"""Order with a line and a payment, for tests of the database."""

from datetime import UTC, datetime
from decimal import Decimal

from schema.billing.models import Order, OrderLine, OrderStatus, Payment, PaymentStatus
from tests.database.sample_rows import Rows
from tests.ledger.rows import PRICE

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


async def fill(rows: Rows) -> None:
    """Insert an order of one line, paid by the ledger's transfer."""
    order = rows.ids["order"] = await rows.add(
        Order,
        customer_account_id=rows.ids["customer"],
        created_by_id=rows.ids["user"],
        number=1,
        currency="EUR",
        total=PRICE,
        status=OrderStatus.PAID,
        placed_at=NOW,
        paid_at=NOW,
    )
    line = {"position": 1, "description": "Repair", "quantity": Decimal(1), "unit_price": PRICE, "amount": PRICE}
    await rows.add(OrderLine, order_id=order, **line)
    await rows.add(
        Payment,
        order_id=order,
        payee_account_id=rows.ids["revenue"],
        transfer_id=rows.ids["transfer"],
        created_by_id=rows.ids["user"],
        status=PaymentStatus.SETTLED,
        amount=PRICE,
        currency="EUR",
        completed_at=NOW,
    )
