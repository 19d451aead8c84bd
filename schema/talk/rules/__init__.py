"""What can be said, and taken back. Rules know nothing of GraphQL: they get a transaction and plain values."""
