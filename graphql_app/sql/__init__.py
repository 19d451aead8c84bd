"""SELECT, INSERT, UPDATE and DELETE statements as values."""
