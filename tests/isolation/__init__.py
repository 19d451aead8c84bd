"""One organization's rows cannot be reached from another one, whatever is asked: a crawler asks everything."""
