"""Who is asking: tokens, passwords and log-in. Knows neither HTTP nor the database."""
