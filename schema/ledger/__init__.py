"""Where the money is: accounts, transfers between them and the entries these leave."""
