"""GraphQL over HTTP and WebSocket: what arrives, what leaves, and what happens when somebody leaves first."""
