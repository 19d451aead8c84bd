"""Rules of organizations and users. They are independent of GraphQL: they take a transaction and plain values."""
