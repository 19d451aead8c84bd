"""Money in generated data: rules that the database does not check."""

from graphql_app.postgres.admin_connections import DriverConnection


async def test_all_entries_sum_to_zero_per_organization_and_currency(rows: DriverConnection) -> None:
    sums = await rows.fetch(
        "SELECT a.organization_id, a.currency, sum(e.amount) AS sum, count(*) FROM entries e "
        "JOIN accounts a ON (a.organization_id, a.id) = (e.organization_id, e.account_id) GROUP BY 1, 2"
    )
    assert len(sums) == 4
    assert {row["sum"] for row in sums} == {0}


async def test_a_balance_is_the_sum_of_its_entries(rows: DriverConnection) -> None:
    accounts = await rows.fetch(
        "SELECT balance, coalesce(sum(amount), 0) AS sum FROM accounts a "
        "LEFT JOIN entries e ON (a.organization_id, a.id) = (e.organization_id, e.account_id) "
        "GROUP BY a.organization_id, a.id"
    )
    assert [row["balance"] for row in accounts] == [row["sum"] for row in accounts]
    assert sum(row["balance"] > 0 for row in accounts) > 5


async def test_no_balance_was_ever_below_its_limit(rows: DriverConnection) -> None:
    lowest = await rows.fetch(
        "SELECT min(minimum_balance) AS minimum, min(balance) AS lowest FROM ("
        "  SELECT a.organization_id, a.id, minimum_balance, sum(amount) OVER so_far AS balance FROM entries e "
        "  JOIN accounts a ON (a.organization_id, a.id) = (e.organization_id, e.account_id) "
        "  WHERE minimum_balance IS NOT NULL "
        "  WINDOW so_far AS (PARTITION BY a.organization_id, a.id ORDER BY e.created_at)) AS history "
        "GROUP BY organization_id, id"
    )
    assert len(lowest) > 10
    assert all(row["lowest"] >= row["minimum"] for row in lowest)


async def test_some_customers_have_a_negative_balance(rows: DriverConnection) -> None:
    assert await rows.fetchval("SELECT count(*) FROM accounts WHERE kind = 'CUSTOMER' AND balance < 0") > 0


async def test_a_transfer_has_one_debit_and_one_credit_of_its_amount(rows: DriverConnection) -> None:
    transfers = await rows.fetch(
        "SELECT t.*, array_agg((e.account_id, e.amount) ORDER BY e.amount) AS entries FROM transfers t "
        "JOIN entries e ON (t.organization_id, t.id) = (e.organization_id, e.transfer_id) "
        "GROUP BY t.organization_id, t.id"
    )
    assert len(transfers) == await rows.fetchval("SELECT count(*) FROM transfers")
    for row in transfers:
        taken, brought = row["entries"]
        assert tuple(taken) == (row["from_account_id"], -row["amount"])
        assert tuple(brought) == (row["to_account_id"], row["amount"])


async def test_the_total_of_an_order_is_the_sum_of_its_lines(rows: DriverConnection) -> None:
    orders = await rows.fetch(
        "SELECT total, sum(amount) AS sum, array_agg(position ORDER BY position) AS positions FROM orders o "
        "JOIN order_lines l ON (o.organization_id, o.id) = (l.organization_id, l.order_id) "
        "GROUP BY o.organization_id, o.id"
    )
    assert len(orders) == await rows.fetchval("SELECT count(*) FROM orders")
    assert [row["total"] for row in orders] == [row["sum"] for row in orders]
    assert all(row["positions"] == list(range(1, len(row["positions"]) + 1)) for row in orders)


async def test_a_payment_and_its_transfer_have_the_total_of_the_order(rows: DriverConnection) -> None:
    wrong = await rows.fetch(
        "SELECT p.id FROM payments p JOIN orders o ON (o.organization_id, o.id) = (p.organization_id, p.order_id) "
        "LEFT JOIN transfers t ON (t.organization_id, t.id) = (p.organization_id, p.transfer_id) "
        "WHERE p.amount <> o.total OR p.currency <> o.currency OR (t.id IS NOT NULL AND (t.amount, t.currency,"
        "  t.from_account_id, t.to_account_id) IS DISTINCT FROM"
        "  (p.amount, p.currency, o.customer_account_id, p.payee_account_id))"
    )
    assert wrong == []


async def test_an_order_is_paid_if_and_only_if_it_has_a_settled_payment(
    rows: DriverConnection,
) -> None:
    orders = await rows.fetch(
        "SELECT o.status, count(*) FILTER (WHERE p.status = 'SETTLED') AS settled, "
        "count(*) FILTER (WHERE p.status = 'REFUNDED') AS refunded, count(back.id) AS back "
        "FROM orders o LEFT JOIN payments p ON (o.organization_id, o.id) = (p.organization_id, p.order_id) "
        "LEFT JOIN transfers back ON (back.organization_id, back.reverses_id) = (p.organization_id, p.transfer_id) "
        "GROUP BY o.organization_id, o.id"
    )
    for row in orders:
        assert (row["settled"] == 1) == (row["status"] in ("PAID", "FULFILLED"))
        assert row["refunded"] == row["back"]
        assert not row["refunded"] or row["status"] == "CANCELLED"
