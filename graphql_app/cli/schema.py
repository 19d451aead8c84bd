"""Command ``workline schema``: the API as SDL, and its changes since the checked-in file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import click
from graphql import (
    GraphQLError,
    GraphQLSchema,
    build_schema,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_object_type,
)
from graphql.utilities import BreakingChange, DangerousChange, SchemaChange, find_schema_changes

from graphql_app.cli.agent_schema import sdl_for_agents
from graphql_app.cli.role_schema import sdl_of_role
from graphql_app.cli.semantic_nullability import with_semantic_nullability
from graphql_app.cli.terminal import say
from graphql_app.settings import find_application
from graphql_app.types.sdl import subgraph_sdl


class Effect(StrEnum):
    """Effect of a change on existing clients."""

    BREAKING = "breaking"
    DANGEROUS = "dangerous"
    SAFE = "safe"


@dataclass(frozen=True, slots=True, order=True)
class ClassifiedChange:
    """Change of the schema, with its description."""

    effect: Effect
    description: str


def changes_between(old: str, new: str) -> list[ClassifiedChange]:
    """Return the changes from one SDL to another, the worst first. Raises GraphQLError for an invalid SDL.

    If there are no changes although the texts differ, only the order of definitions has changed.
    """
    before, after = build_schema(old), build_schema(new)
    found = [ClassifiedChange(effect_of(each), each.description) for each in find_schema_changes(before, after)]
    return sorted({*found, *choices(before, after), *deprecations(before, after)})


def effect_of(change: SchemaChange) -> Effect:
    """Return the effect that graphql-core assigns to the change."""
    if isinstance(change, BreakingChange):
        return Effect.BREAKING
    return Effect.DANGEROUS if isinstance(change, DangerousChange) else Effect.SAFE


def choices(before: GraphQLSchema, after: GraphQLSchema) -> Iterator[ClassifiedChange]:
    """Yield the inputs whose ``@oneOf`` has changed, which graphql-core does not compare."""
    for name, kind in after.type_map.items():
        old = before.type_map.get(name)
        if is_input_object_type(kind) and is_input_object_type(old) and kind.is_one_of != old.is_one_of:
            if kind.is_one_of:
                yield ClassifiedChange(Effect.BREAKING, f"{name} now requires exactly one of its fields.")
            else:
                yield ClassifiedChange(Effect.SAFE, f"{name} now accepts several of its fields.")


def deprecations(before: GraphQLSchema, after: GraphQLSchema) -> Iterator[ClassifiedChange]:
    """Yield the changed deprecations, which graphql-core does not compare."""
    old = dict(deprecatable(before))
    for name, reason in deprecatable(after):
        if name in old and old[name] != reason:
            status = "is no longer deprecated." if reason is None else f"is deprecated: {reason}"
            yield ClassifiedChange(Effect.SAFE, f"{name} {status}")


def deprecatable(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Yield the coordinate of each schema element that can be deprecated, with its deprecation reason or None."""
    for name, kind in schema.type_map.items():
        if is_object_type(kind) or is_interface_type(kind) or is_input_object_type(kind):
            for key, field in kind.fields.items():
                yield f"{name}.{key}", field.deprecation_reason
                for argument, each in getattr(field, "args", {}).items():
                    yield f"{name}.{key}({argument}:)", each.deprecation_reason
        elif is_enum_type(kind):
            for key, value in kind.values.items():
                yield f"{name}.{key}", value.deprecation_reason


COLORS = {Effect.BREAKING: "red", Effect.DANGEROUS: "yellow", Effect.SAFE: "green"}


@click.group(invoke_without_command=True, short_help="Print the GraphQL schema, or check it for changes.")
@click.option("--check", is_flag=True, help="Compare with the checked-in file. Exits with 1 if it is out of date.")
@click.option("--write", is_flag=True, help="Update the checked-in file.")
@click.option("--breaking", is_flag=True, help="With --write: accept changes that break clients.")
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to compare with or write.  [default: schema.graphql in the domain package]",
)
@click.option(
    "--semantic-non-null",
    "semantic",
    is_flag=True,
    help="Print output fields as nullable, with `@semanticNonNull`, for clients that send `onError: NULL`.",
)
@click.option("--federation", is_flag=True, help="Print the schema as a subgraph of Apollo Federation 2.")
@click.option("--role", help="Print the fields, arguments and values that viewers with this role may use.")
@click.option(
    "--for-agents", is_flag=True, help="Print about half as much for language models: minified, with a legend."
)
@click.pass_context
def schema(
    context: click.Context,
    check: bool,
    write: bool,
    breaking: bool,
    file: Path | None,
    semantic: bool,
    role: str | None,
    for_agents: bool,
    federation: bool,
) -> None:
    """Print the schema as SDL, for code generators and for comparing releases.

    --check lists the changes since the file was written: breaking, dangerous, and safe ones. --file compares with the
    schema of another release, `workline schema diff` two files.
    """
    if context.invoked_subcommand is not None:
        return
    # the application is imported only when this command is used
    from graphql_app.application import load_application

    application = load_application(find_application())
    api = application.build()
    sdl = f"{api.sdl}\n"
    if (semantic or role or for_agents or federation) and (check or write):
        raise click.UsageError("--semantic-non-null, --role, --for-agents and --federation only print the schema.")
    if role is not None and role not in (known := [each.name for each in application.roles]):
        raise click.UsageError(f"There is no role {role}. The roles are: {', '.join(known)}")
    sdl = sdl if role is None else sdl_of_role(sdl, role)
    if not (check or write):
        say(f"# {application.config.package} in {application.directory}, named by {application.config.origin}")
        sdl = with_semantic_nullability(sdl, api.null_by_error) if semantic else sdl
        sdl = subgraph_sdl(sdl) if federation else sdl
        click.echo(sdl_for_agents(sdl) if for_agents else sdl, nl=False)
        return
    option = "" if file is None else f" --file {click.format_filename(file)}"
    file = file or application.schema_file
    old = read(file)
    if old == sdl:
        say(f"{shown(file)} is up to date.")
        return
    changes = [] if old is None else found(file, old, sdl)
    breaks = list_changes(changes)
    if not write or (breaks and not breaking):
        say(f"{shown(file)} is {'out of date' if old else 'missing'}. {accept(option, breaks=breaks)}")
        context.exit(1)
    file.write_text(sdl)
    say(f"{shown(file)} was written.")


def list_changes(changes: Sequence[ClassifiedChange]) -> bool:
    """Print changes. Return True if one of them breaks clients."""
    for change in changes:
        click.echo(f"{click.style(f'{change.effect:<9}', fg=COLORS[change.effect])}  {change.description}")
    return any(change.effect is Effect.BREAKING for change in changes)


@schema.command(short_help="List the changes between two schemas for the teams of clients.")
@click.argument("old", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("new", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def diff(context: click.Context, old: Path, new: Path) -> None:
    """List the changes from the schema in the file OLD to that in NEW.

    Breaking changes make documents of existing clients invalid, or responses unexpected for them. Dangerous ones can
    change the behavior of a client, such as a new value of an enum. Needs no application. Exits with 1 if a change is
    breaking.
    """
    texts = [each.read_text() for each in (old, new)]
    for file, text in zip((old, new), texts, strict=True):
        found(file, text, text)
    changes = changes_between(*texts)
    breaks = list_changes(changes)
    counts = ", ".join(f"{sum(each.effect is effect for each in changes)} {effect}" for effect in Effect)
    say(f"{counts} changes.")
    context.exit(1 if breaks else 0)


def read(file: Path) -> str | None:
    """Return the file's text, or None if there is no file."""
    return file.read_text() if file.exists() else None


def found(file: Path, old: str, new: str) -> list[ClassifiedChange]:
    """Return the changes since the file was written. Raises ClickException if the file is not a GraphQL schema."""
    try:
        return changes_between(old, new)
    except GraphQLError as error:
        raise click.ClickException(f"{shown(file)} is not a GraphQL schema: {error.message}") from error


def accept(option: str, *, breaks: bool) -> str:
    """Return an instruction with the command that updates the file, which ``option`` names."""
    if breaks:
        return f"The changes break clients. To accept them, run: workline schema --write --breaking{option}"
    return f"Run: workline schema --write{option}"


def shown(file: Path) -> str:
    """Return the path of the file, relative to the working directory if it is inside."""
    return click.format_filename(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)
