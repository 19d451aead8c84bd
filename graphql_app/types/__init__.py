"""GraphQL types of models, their fields, and the schema."""
