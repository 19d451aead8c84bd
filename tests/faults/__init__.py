"""Money while everything goes wrong: many clients, lost connections, deadlocks, and a server that is killed."""
