"""What can be done with work. Rules know nothing of GraphQL: they get a transaction and plain values."""
