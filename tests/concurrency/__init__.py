"""Much at once: a thousand operations on few connections, and migrations beside running requests."""
