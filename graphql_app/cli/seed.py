"""Command ``workline seed``: made-up data, the same every time."""

from dataclasses import fields
from functools import cache

import click

from graphql_app.cli.database import open_database
from graphql_app.cli.migrate import migrate_up, owner_of
from graphql_app.cli.seeding import fill
from graphql_app.settings import SettingsError, load_settings

REFUSED = (
    "WORKLINE_ENV is production: made-up organizations have users with a published password. Use another database, or "
    "run workline seed --force"
)


class Sized(click.Command):
    """Command with an option for each size of the seed."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the options of the sizes, then the usual ones.

        The domain is imported only when this command is used.
        """
        return [*size_options(), *super().get_params(ctx)]


@cache
def size_options() -> list[click.Option]:
    """Return an option per field of ``Sizes``, with the help text in the field's ``metadata["help"]``."""
    from schema.seed import Sizes

    return [
        click.Option(
            [f"--{field.name.replace('_', '-')}"],
            type=click.IntRange(0),
            default=field.default,
            show_default=field.default is not None,
            help=field.metadata.get("help"),
        )
        for field in fields(Sizes)
    ]


@click.command(cls=Sized, short_help="Fill the database with made-up organizations.")
@click.option("--add", is_flag=True, help="Make more organizations beside those that are there.")
@click.option("--force", is_flag=True, help="Also in production, where everybody then knows a password.")
def seed(add: bool, force: bool, **sizes: int) -> None:
    """Fill an empty database with made-up organizations, the same ones for the same sizes.

    Without options it writes the demo. A million tasks take minutes; nothing is kept if it is interrupted.
    """
    from schema.seed import Sizes

    settings = load_settings()
    if settings.env == "production" and not force:
        raise SettingsError([REFUSED])
    with open_database(settings) as database:
        migrate_up(database)
        fill(owner_of(database), Sizes(**sizes), add=add)
