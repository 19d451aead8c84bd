"""Events of records: outbox, audit log, subscriptions."""
