"""What ``workline serve`` consists of: preparing and checking the database, processes, and the words at the end."""
