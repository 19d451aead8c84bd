"""Command ``workline schema``: the API as SDL, and its changes since the checked-in file."""

from pathlib import Path

import click
from graphql import GraphQLError

from graphql_app.cli.changes import Change, Effect, changes_between
from graphql_app.cli.output import say

COLORS = {Effect.BREAKING: "red", Effect.DANGEROUS: "yellow", Effect.SAFE: "green"}


@click.command(short_help="Print the GraphQL schema, or tell what has changed in it.")
@click.option("--check", is_flag=True, help="Compare with the checked-in file: leaves with 1 if it is out of date.")
@click.option("--write", is_flag=True, help="Bring the checked-in file up to date.")
@click.option("--breaking", is_flag=True, help="With --write: also if that breaks clients.")
@click.option(
    "--file", type=click.Path(dir_okay=False, path_type=Path), help="Another file than schema/schema.graphql."
)
@click.pass_context
def schema(context: click.Context, check: bool, write: bool, breaking: bool, file: Path | None) -> None:
    """Print the schema in GraphQL's schema language, for code generators and for comparing releases.

    With --check it says what has changed since the file was written: what breaks clients, what may surprise them, and
    what is safe. So reviewers see each change of the API. --file compares with another release's.
    """
    sdl = f"{current()}\n"
    if not (check or write):
        click.echo(sdl, nl=False)
        return
    file = file or checked_in()
    old = read(file)
    if old == sdl:
        say(f"{shown(file)} is up to date.")
        return
    changes = [] if old is None else found(file, old, sdl)
    for change in changes:
        click.echo(f"{click.style(f'{change.effect:<9}', fg=COLORS[change.effect])}  {change.description}")
    breaks = any(change.effect is Effect.BREAKING for change in changes)
    if not write or (breaks and not breaking):
        say(f"{shown(file)} is {'out of date' if old else 'missing'}. {accept(file, breaks=breaks)}")
        context.exit(1)
    file.write_text(sdl)
    say(f"{shown(file)} was written.")


def current() -> str:
    """Return the SDL of the code. The domain is imported only when this command is used."""
    from schema.api import build

    return build().sdl


def checked_in() -> Path:
    """Return the path of the domain's checked-in SDL."""
    import schema

    return Path(schema.__file__).with_name("schema.graphql")


def read(file: Path) -> str | None:
    """Return the file's text, or None if there is no file."""
    return file.read_text() if file.exists() else None


def found(file: Path, old: str, new: str) -> list[Change]:
    """Return the changes since the file was written. Raises ClickException if the file is not a GraphQL schema."""
    try:
        return changes_between(old, new)
    except GraphQLError as error:
        raise click.ClickException(f"{shown(file)} is not a GraphQL schema: {error.message}") from error


def accept(file: Path, *, breaks: bool) -> str:
    """Return an instruction with the command that updates the file."""
    option = "" if file == checked_in() else f" --file {click.format_filename(file)}"
    if breaks:
        return f"This breaks clients. If it is meant to, run: workline schema --write --breaking{option}"
    return f"Run: workline schema --write{option}"


def shown(file: Path) -> str:
    """Return the path of the file, relative to the working directory if it is inside."""
    return click.format_filename(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)
