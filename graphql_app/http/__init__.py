"""GraphQL over HTTP and WebSocket: requests, responses, logs, and client disconnects."""
