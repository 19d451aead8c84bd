"""What must hold for the rows of the whole database: the ``CHECKS`` of every folder that has a module ``checks``."""

from importlib import import_module
from importlib.util import find_spec

from graphql_app.doctor.rows import RowCheck
from schema import DOMAINS


def row_checks() -> list[RowCheck]:
    """All of them, in the order of the folders; ``workline doctor`` asks them."""
    names = [f"schema.{domain}.checks" for domain in DOMAINS]
    return [check for name in names if find_spec(name) for check in import_module(name).CHECKS]
