"""Tests of HTTP and WebSocket, on a toy schema without a database."""
