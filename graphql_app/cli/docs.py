"""Command ``workline docs``: the documentation of the installed version."""

from pathlib import Path

import click

import graphql_app

PACKAGE = Path(graphql_app.__file__).parent
PACKAGED = PACKAGE / "documentation"
"""Copy of the documentation in the wheel. A checkout has the files at its root."""
INDEX = "llms.txt"


def documentation() -> Path:
    """Return the directory with the index and the folder of pages."""
    return PACKAGED if PACKAGED.exists() else PACKAGE.parent


def pages() -> dict[str, Path]:
    """Return the pages by name."""
    return {each.stem: each for each in sorted((documentation() / "docs").glob("*.md"))}


@click.command(short_help="Print a page of the documentation.")
@click.argument("name", required=False)
def docs(name: str | None) -> None:
    """Print the page NAME of the documentation, such as `clients`, or without it the index of all pages."""
    found = pages()
    if name is None:
        click.echo((documentation() / INDEX).read_text(), nl=False)
    elif name in found:
        click.echo(found[name].read_text(), nl=False)
    else:
        raise click.UsageError(f"There is no page {name}. The pages are: {', '.join(found)}")
