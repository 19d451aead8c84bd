"""Reading, for every entity that the schema has: each test is about all of them, whatever is added."""
