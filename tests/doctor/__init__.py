"""`workline doctor`: each check is provoked, and says what is wrong and what to do."""
