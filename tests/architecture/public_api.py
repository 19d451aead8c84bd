"""Public API: names that applications may import, their documentation, and changes since the last release.

A test compares docs/api.md and the last release's API with the sources, by griffe and without importing them.
``python -m tests.architecture.public_api write`` (``make api``) writes docs/api.md, ``release`` the API of a release.
"""

import json
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import griffe

from tests.support.checkout import ROOT

PAGE = ROOT / "docs" / "api.md"
RELEASED = Path(__file__).with_name("released_api.json")
LAYERS = {
    "Tables": ("models.base", "models.access", "models.columns", "models.relationships", "models.kinds",
               "models.kinds.comparators", "models.kinds.ranges", "models.values", "models.events"),
    "Migrations": ("migrations.access", "migrations.tables"),
    "Rules": ("errors", "viewer", "database.transaction", "database.session", "database.pool", "database.errors",
              "database.constraints", "database.transaction_sql"),
    "Requests": ("context", "loaders", "limits", "settings"),
    "Types": ("types.model_type", "types.declarations", "types.relations", "types.lists",
              "types.records", "types.fields", "types.costs", "types.connections", "types.aggregates",
              "types.filter_inputs", "types.groups", "types.registry", "types.scalars", "plan.fields",
              "strawberry_adapter"),
    "Mutations": ("mutations.mutation", "mutations.inputs", "mutations.input_checks", "mutations.payloads",
                  "mutations.bulk", "mutations.calls"),
    "Background jobs": ("jobs.declarations", "jobs.queue", "jobs.scheduler", "jobs.models"),
    "Authorization": ("authorization", "sql.row_rules"),
    "StatementCache": ("sql.edges", "sql.parameters", "sql.select", "sql.conditions", "sql.orders", "sql.aggregates",
                   "sql.compiled", "sql.cursors", "sql.cascades"),
    "Organizations and users": ("identity.models", "identity.rules.rights", "identity.seed"),
    "Operation": ("doctor.rows", "postgres.roles"),
    "Tests": ("testing",),
}  # fmt: skip
"""Modules below ``graphql_app`` whose ``__all__`` is public."""
HEAD = """# Public API

For Python teams with their own application.

Names that applications may import. Everything else in `graphql_app` may change in any version. Versions follow
[semantic versioning](https://semver.org): before 1.0, a minor version may break what is listed here, and
[CHANGELOG.md](../CHANGELOG.md) says how to adapt. `make api` writes this page from the sources.
"""


@cache
def sources() -> griffe.Module:
    """Return the engine's sources as griffe reads them."""
    loaded = griffe.load("graphql_app", search_paths=[ROOT], allow_inspection=False)
    assert isinstance(loaded, griffe.Module)
    return loaded


def exported(module: griffe.Module) -> list[str]:
    """Return the names in ``__all__`` of a module, without those of modules, in the order of the file."""
    return [str(each) for each in module.exports or () if not module.members[str(each)].is_module]


def public_modules() -> Iterator[tuple[str, griffe.Module]]:
    """Yield each public module with its path below ``graphql_app``."""
    for layer in LAYERS.values():
        for path in layer:
            module = sources()[path]
            assert isinstance(module, griffe.Module)
            yield path, module


def resolved(member: griffe.Object | griffe.Alias) -> griffe.Object:
    """Return the object that a name imports, or the object itself."""
    return member.final_target if isinstance(member, griffe.Alias) else member


def sentence(member: griffe.Object | griffe.Alias) -> str:
    """Return the first sentence of the documentation."""
    docstring = resolved(member).docstring
    text = " ".join(docstring.value.partition("\n\n")[0].split()) if docstring else ""
    return text.replace("``", "`").replace("|", r"\|")


def page() -> str:
    """Return the text of docs/api.md."""
    lines = [HEAD]
    for title, layer in LAYERS.items():
        lines.append(f"## {title}\n\n| name | module | meaning |\n|---|---|---|")
        for path in layer:
            members = sources()[path].members
            names = exported(sources()[path])
            lines += [f"| `{name}` | `graphql_app.{path}` | {sentence(members[name])} |" for name in names]
        lines.append("")
    return "\n".join(lines)


def api() -> griffe.Module:
    """Return a module with a module of the public names per public module, without documentation and places."""
    whole = griffe.Module("graphql_app")
    for path, module in public_modules():
        part = griffe.Module(path.replace(".", "_"))
        whole.set_member(part.name, part)
        for name in exported(module):
            part.set_member(name, reduced(name, resolved(module.members[name])))
    return whole


def reduced(name: str, member: griffe.Object) -> griffe.Object:
    """Return what a caller depends on: public members, parameters, and texts instead of expressions."""
    if isinstance(member, griffe.Class):
        made = griffe.Class(name, lineno=0, bases=[str(base) for base in member.bases])
        for each, inner in member.members.items():
            if each == "__init__" or not (each.startswith("_") or inner.is_alias):
                made.set_member(each, reduced(each, resolved(inner)))
        return made
    if isinstance(member, griffe.Function):
        return griffe.Function(
            name,
            lineno=0,
            returns=text_of(member.returns),
            parameters=griffe.Parameters(
                *(
                    griffe.Parameter(
                        each.name, annotation=text_of(each.annotation), kind=each.kind, default=text_of(each.default)
                    )
                    for each in member.parameters
                )
            ),
        )
    value = text_of(member.value) if isinstance(member, griffe.Attribute | griffe.TypeAlias) else None
    return griffe.Attribute(name, lineno=0, value=value)


def text_of(expression: str | griffe.Expr | None) -> str | None:
    """Return the text of an expression."""
    return None if expression is None else str(expression)


def version() -> str:
    """Return the version of the package."""
    found: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return found


def breakages(released: griffe.Module, current: griffe.Module) -> list[str]:
    """Return a line for each change that breaks applications. The values of constants and variables may change."""
    found = griffe.find_breaking_changes(released, current)
    return [
        f"graphql_app.{each.obj.path.removeprefix('graphql_app.')}: {each.kind.value}: {each.details or each.old_value}"
        for each in found
        if each.kind is not griffe.BreakageKind.ATTRIBUTE_CHANGED_VALUE
    ]


def may_break(before: str, now: str) -> bool:
    """Return True if a version may break applications of an earlier one: a major version, or a minor one before 1.0."""
    old, new = ([int(part) for part in text.split(".")[:2]] for text in (before, now))
    return new[0] > old[0] or (new[0] == 0 and new > old)


def problems() -> Iterator[str]:
    """Yield a line for each public name without documentation, each breaking change, and an outdated page."""
    for path, module in public_modules():
        missing = [name for name in exported(module) if not sentence(module.members[name])]
        yield from (f"graphql_app.{path}.{name} needs a docstring." for name in missing)
    released = json.loads(RELEASED.read_text())
    if not may_break(released["version"], version()):
        for line in breakages(griffe.Module.from_json(json.dumps(released["api"])), api()):
            yield f"{line}. Keep the name and deprecate it, or raise the version and list the change in CHANGELOG.md."
    if PAGE.read_text() != page():
        yield "docs/api.md is outdated: run make api."


def main(action: str) -> None:
    """Write the page, or the API of a release."""
    if action == "release":
        content = {"version": version(), "api": json.loads(api().as_json(full=False))}
        RELEASED.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
    else:
        PAGE.write_text(page())


if __name__ == "__main__":
    main(sys.argv[1])
