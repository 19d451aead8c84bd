"""``python -m graphql_app`` is ``workline``."""

from graphql_app.cli import main

if __name__ == "__main__":
    main()
