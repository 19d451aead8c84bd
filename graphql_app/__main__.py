"""Entry point of ``python -m graphql_app``, which equals ``workline``."""

from graphql_app.cli import main

if __name__ == "__main__":
    main()
