"""What can be done with people. Rules know nothing of GraphQL: they get a transaction and plain values."""
