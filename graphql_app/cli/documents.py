"""Commands ``workline documents``: persisted documents of manifests."""

import asyncio
from pathlib import Path

import click

from graphql_app.execution.document_check import CheckedOperation, DocumentChecker
from graphql_app.execution.manifests import ManifestEntry, ManifestError, read_manifests
from graphql_app.http.services import executor_options
from graphql_app.settings import find_application, load_settings


@click.group(short_help="Check persisted documents.")
def documents() -> None:
    """Work with manifests of persisted documents, as Apollo, Relay and graphql-codegen write them."""


@documents.command(short_help="Validate, bound and plan the documents of manifests.")
@click.argument("manifests", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--role", default="OWNER", show_default=True, help="Role of the viewer.")
@click.option("--strict", is_flag=True, help="Also fail if an operation has no plan.")
@click.option("--quiet", is_flag=True, help="Print only operations with problems, and no statements.")
@click.pass_context
def check(context: click.Context, manifests: tuple[Path, ...], role: str, strict: bool, quiet: bool) -> None:
    """Check the documents of MANIFESTS (files, or directories of JSON files) against this release's schema and limits.

    Prints the upper bounds and the statements of each operation. Needs no database. Exits with 1 if a document is
    invalid or exceeds a limit, to stop its deployment.
    """
    try:
        entries = read_manifests(manifests)
    except ManifestError as error:
        raise click.ClickException(str(error)) from None
    results = asyncio.run(_checked(entries, role))
    failed = 0
    for entry, operation in results:
        is_bad = bool(operation.errors) or (strict and bool(operation.fell_back))
        failed += is_bad
        if is_bad or not quiet:
            click.echo("\n".join(_lines(entry, operation, quiet=quiet)))
    click.echo(f"{len(results)} operations in {len(entries)} documents, {failed} with problems.")
    context.exit(1 if failed else 0)


async def _checked(entries: list[ManifestEntry], role: str) -> list[tuple[ManifestEntry, CheckedOperation]]:
    # the application is imported only when this command is used
    from graphql_app.application import load_application

    settings = load_settings()
    application = load_application(find_application(settings))
    checker = DocumentChecker(application.build(), executor_options(settings), role)
    return [(entry, operation) for entry in entries for operation in await checker.check(entry.text)]


def _lines(entry: ManifestEntry, operation: CheckedOperation, *, quiet: bool) -> list[str]:
    lines = [f"{operation.name or 'anonymous'} ({entry.file.name}, {entry.id})"]
    if operation.cost is not None:
        lines.append(f"  at most {operation.cost.objects:,} objects, {operation.cost.lists:,} lists")
    lines += [f"  {click.style('error', fg='red')}  {each}" for each in operation.errors]
    if operation.fell_back:
        lines.append(f"  {click.style('no plan', fg='yellow')}  {operation.fell_back}")
    if not quiet:
        lines += [f"  {' '.join(each.split())}" for each in operation.statements]
    return lines
