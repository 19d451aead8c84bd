"""``python -m graphql_app.settings > .env.example`` writes the documentation of every setting."""

import sys

from graphql_app.settings.variables import documentation

if __name__ == "__main__":
    sys.stdout.write(documentation())
