"""Rules of work. They are independent of GraphQL: they take a transaction and plain values."""
