"""How things stand: figures about the work of an organization, and for those who manage it about its money."""
