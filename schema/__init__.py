"""Domain of Workline, with a folder per area. A folder imports models only of folders before it in ``DOMAINS``."""

DOMAINS = ("people", "ledger", "billing", "work", "talk", "search", "dashboard")
