"""Generation of a program level by level: fetch rows, fetch their related rows, then build their objects.

Failed reads yield no rows; errors are stored in place of the values that depend on them.
"""

from graphql_app.plan.compiler import Compiler, Level, PageLookup, RowCode, RowLookup
from graphql_app.plan.connection_code import ConnectionCode, GroupsCode
from graphql_app.plan.fields import object_type
from graphql_app.plan.lists import ListArguments
from graphql_app.plan.program import Columns, ProgramBuilder, Step, StepKind, each
from graphql_app.plan.selection import page_size
from graphql_app.sql.joins import Form, Output


def emit_rows(compiler: Compiler, lookup: RowLookup, keys: str, under: int = -1, most: int = 1) -> None:
    """Emit the lookup of rows by the keys in the list ``keys``, and the dicts of their objects.

    There are at most ``most`` keys.
    """
    draft = compiler.draft
    # the key is the first column of a row
    columns = Columns(items=[Output(lookup.column, Form.TEXT)])
    step = Step(StepKind.FIND, lookup.model, lookup.column, columns, under=under)
    index, level, rows = draft.add(draft.steps, step), Level(step.outputs, most, once=True), draft.name("rows")
    row = RowCode(compiler, lookup.kind, lookup.model, level)
    objects = [(results, row.build(nodes)) for results, nodes in lookup.results]
    draft.emit(f"{rows} = await fetch({index}, {keys}) if {keys} else ()")
    emit_children(compiler, level, rows, index)
    for results, expression in objects:
        draft.emit(f"{results} = lost({rows}) or {{r[0]: {expression} {each('r', rows, expression)}}}")
    for results in lookup.members:
        draft.emit(f"typed({results}.values(), {lookup.kind.name!r})")
    if lookup.required:
        draft.emit(f"if len({rows}) < len({keys}): check()")


def emit_children(compiler: Compiler, level: Level, rows: str, under: int) -> None:
    """Emit the lookups, lists and calls for the rows of a level, which the step ``under`` has read."""
    draft = compiler.draft
    for index, source, results, guard in level.calls:
        sources = f"{{id(r): {source} for r in {rows}}}"
        draft.emit(f"{results} = await call({index}, {f'{sources} if {guard} else {{}}' if guard else sources})")
    for lookup in level.rows_by_key.values():
        emit_rows(compiler, lookup, draft.keys(lookup.keys, rows, nullable=lookup.nullable), under, most=level.rows)
    for page in level.pages.values():
        emit_list(compiler, page, draft.keys([page.key], rows, nullable=page.nullable), under, most=level.rows)


def emit_list(compiler: Compiler, lookup: PageLookup, keys: str, under: int = -1, most: int = 1) -> None:
    """Emit the statements of a page for each key in the list ``keys``, and the dicts of their connections.

    There are at most ``most`` keys.
    """
    draft = compiler.draft
    _, nodes = lookup.results[0]
    arguments = ListArguments(nodes[0], lookup.definition)
    listing = draft.add(draft.listings, arguments)
    rows = most * page_size(nodes[0], compiler.operation.choices)
    code = ConnectionCode(compiler, arguments.declared, listing, rows, under)
    kind = object_type(lookup.definition)
    connections = [(results, *code.connection(kind, nodes)) for results, nodes in lookup.results]
    pages, read = emit_pages(compiler, code, keys)
    for line in code.lines(keys):
        draft.emit(line)
    for groups in code.groups:
        emit_groups(compiler, groups, listing, keys, under)
    for results, expression, location in connections:
        failed = f"lost({read}, {location})" if read and location else f"(refused({listing}) if {keys} else None)"
        draft.emit(f"{results} = {failed} or {{k: {expression} {each(*pages, expression)}}}")


def emit_pages(compiler: Compiler, code: ConnectionCode, keys: str) -> tuple[tuple[str, str], str]:
    """Emit the statement of the pages, and the statements of the related rows.

    Returns the loop variables and the expression of the pages, and the name of the rows. The variables are the key
    ``k`` and its ``items``, and, if the page may be trimmed, ``more``: true if there are further rows.
    """
    draft = compiler.draft
    if not code.reads_rows:
        return ("k", keys), ""
    is_plain = draft.listings[code.listing].is_plain
    fetched, parts = draft.name("rows"), draft.name("parts")
    draft.emit(f"{fetched} = await fetch({code.step}, {keys})" + ("" if code.is_root else f" if {keys} else ()"))
    if not is_plain:
        draft.emit(f"{code.page} = page({code.listing})" + ("" if code.is_root else f" if {keys} else None"))
    _emit_parts(draft, code, keys, fetched, parts, is_plain=is_plain)
    if not code.level.is_last:
        rows = fetched
        if not is_plain:
            rows = draft.name("rows")
            draft.emit(f"{rows} = [r for items, _ in {parts}.values() for r in items]")
        emit_children(compiler, code.level, rows, code.step)
    return ("k, items" if is_plain else "k, (items, more)", f"{parts}.items()"), fetched


def _emit_parts(
    draft: ProgramBuilder, code: ConnectionCode, keys: str, fetched: str, parts: str, *, is_plain: bool
) -> None:
    """Emit the division of the rows into a page per key."""
    if code.is_root:
        page = fetched if is_plain else f"{code.page}.kept({fetched})"
        draft.emit(f"{parts} = {{None: {page}}}")
    elif is_plain:
        draft.emit(f"{parts} = split({fetched}, {keys})")
    else:
        draft.emit(f"{parts} = {code.page}.split({fetched}, {keys}) if {keys} else {{}}")


def emit_groups(compiler: Compiler, groups: GroupsCode, listing: int, keys: str, under: int) -> None:
    """Emit the statement of the groups of each key, and the lookups of the records in their keys."""
    draft = compiler.draft
    step = Step(StepKind.GROUP, groups.model, listing=listing, grouping=groups.index, under=under)
    index = draft.add(draft.steps, step)
    draft.emit(groups.line(index, keys))
    for column, lookup in groups.rows_by_key.items():
        shared = draft.name("keys")
        draft.emit(f"{shared} = {groups.keys(column)}")
        emit_rows(compiler, lookup, shared, index)
