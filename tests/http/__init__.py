"""What arrives over HTTP and WebSocket, and what leaves: on a toy schema, without a database."""
