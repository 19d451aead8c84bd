"""Parts of ``workline serve``: preparation and check of the database, processes, and the message at the end."""
