"""Rules of people. They are independent of GraphQL: they take a transaction and plain values."""
