"""Commands ``workline documents``: persisted documents of manifests."""

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path

import click

from graphql_app.cli.database import run_as_owner
from graphql_app.database import trusted_documents as store
from graphql_app.execution.document_check import CheckedOperation, DocumentChecker
from graphql_app.execution.manifests import ManifestEntry, ManifestError, read_manifests
from graphql_app.execution.persisted import SHA256, hash_of
from graphql_app.http.services import executor_options
from graphql_app.settings import find_application, load_settings

SHOWN = 60
"""Most characters of a document that are listed."""
MANIFESTS = click.argument("manifests", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))


@click.group(short_help="Check, store, list and delete persisted documents.")
def documents() -> None:
    """Work with persisted documents, which are in manifests by Apollo, Relay and graphql-codegen."""


@documents.command(short_help="Validate, bound and plan the documents of manifests.")
@MANIFESTS
@click.option("--role", default="OWNER", show_default=True, help="Role of the viewer.")
@click.option("--strict", is_flag=True, help="Also fail if an operation has no plan.")
@click.option("--quiet", is_flag=True, help="Print only operations with problems, and no statements.")
@click.pass_context
def check(context: click.Context, manifests: tuple[Path, ...], role: str, strict: bool, quiet: bool) -> None:
    """Check the documents of MANIFESTS (files, or directories of JSON files) against this release's schema and limits.

    Prints the upper bounds and the statements of each operation. Needs no database. Exits with 1 if a document is
    invalid or exceeds a limit, to stop its deployment.
    """
    entries = _read(manifests)
    results = asyncio.run(_checked(entries, role))
    failed = 0
    for entry, operation in results:
        is_bad = bool(operation.errors) or (strict and bool(operation.fell_back))
        failed += is_bad
        if is_bad or not quiet:
            click.echo("\n".join(_lines(entry, operation, quiet=quiet)))
    click.echo(f"{len(results)} operations in {len(entries)} documents, {failed} with problems.")
    context.exit(1 if failed else 0)


@documents.command(short_help="Store the documents of manifests for all servers.")
@MANIFESTS
def push(manifests: tuple[Path, ...]) -> None:
    """Store the documents of MANIFESTS (files, or directories of JSON files) in the database.

    All servers on the database trust them at once. Documents of earlier pushes stay, for clients that are still in use.
    Connects with DATABASE_OWNER_URL. Check the manifests before: workline documents check
    """
    entries = _read(manifests)
    pushed = {id: entry.text for entry in entries for id in [entry.id.removeprefix(SHA256)]}
    rows = [store.PushedDocument(id, hash_of(text), text) for id, text in pushed.items()]
    try:
        created = run_as_owner(load_settings(), partial(store.push, documents=rows))
    except store.RefusedPush as error:
        raise click.ClickException(f"Nothing was stored. {error}") from None
    click.echo(f"{created} documents stored, {len(rows) - created} were stored before.")


@documents.command("list", short_help="List the stored documents.")
def list_documents() -> None:
    """List the documents in the database, the last pushed first: id, last push, bytes, beginning of the text."""
    found = run_as_owner(load_settings(), store.stored)
    for each in found:
        text = " ".join(each.text.split())
        shown = text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
        click.echo(f"{each.id}  {each.pushed_at:%Y-%m-%d %H:%M}  {each.bytes:>7,}  {shown}")
    click.echo(f"{len(found):,} documents, {sum(each.bytes for each in found):,} bytes.")


@documents.command(short_help="Delete stored documents.")
@click.argument("ids", nargs=-1)
@click.option(
    "--older-than",
    type=click.FloatRange(min=0),
    metavar="DAYS",
    help="Delete the documents that no push has contained for this many days.",
)
def delete(ids: tuple[str, ...], older_than: float | None) -> None:
    """Delete the documents IDS from the database.

    Servers that have executed a document execute it for up to five minutes more.
    """
    if not ids and older_than is None:
        raise click.UsageError("Name ids, or an age by --older-than DAYS.")
    keys = [id.removeprefix(SHA256) for id in ids]
    age = None if older_than is None else timedelta(days=older_than)
    deleted = run_as_owner(load_settings(), partial(store.delete, ids=keys, age=age))
    click.echo(f"{len(deleted):,} documents deleted.")
    if unknown := [key for key in keys if key not in deleted]:
        raise click.ClickException(f"No document has the id {', '.join(unknown)}.")


def _read(manifests: tuple[Path, ...]) -> list[ManifestEntry]:
    try:
        return read_manifests(manifests)
    except ManifestError as error:
        raise click.ClickException(str(error)) from None


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
        lines.append(f"  cost at most {operation.cost.requested:,}, {operation.cost.lists:,} lists")
    lines += [f"  {click.style('error', fg='red')}  {each}" for each in operation.errors]
    if operation.fell_back:
        lines.append(f"  {click.style('no plan', fg='yellow')}  {operation.fell_back}")
    if not quiet:
        lines += [f"  {' '.join(each.split())}" for each in operation.statements]
    return lines
