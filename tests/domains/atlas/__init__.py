"""Domain with a reference table and a database view: countries, customers, and customers with many orders."""
