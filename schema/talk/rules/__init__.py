"""Rules of posts and comments. They are independent of GraphQL: they take a transaction and plain values."""
