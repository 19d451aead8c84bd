"""How the code is laid out, kept by tests: who imports whom, what lives where, what everything is called."""
