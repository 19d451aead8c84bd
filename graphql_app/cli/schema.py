"""``workline schema``: the API as a document."""

import click


@click.command(short_help="Print the GraphQL schema.")
def schema() -> None:
    """Print the schema in GraphQL's schema language, for code generators and for comparing releases."""
    from schema.api import build

    click.echo(build().sdl)
