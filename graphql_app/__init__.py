"""Engine of Workline: GraphQL over HTTP and WebSocket on PostgreSQL, independent of any domain."""
