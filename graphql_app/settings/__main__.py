"""Generator of ``.env.example``: ``python -m graphql_app.settings > .env.example``."""

import sys

from graphql_app.settings.loading import documentation

if __name__ == "__main__":
    sys.stdout.write(documentation())
