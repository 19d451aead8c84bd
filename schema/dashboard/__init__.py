"""Dashboard: figures about the work of an organization, and for managers about its money."""
