"""Generation of a program level by level: fetch rows, fetch their related rows, then build their objects.

Failed reads yield no rows; an error stands in place of each value that would be built from them.
"""

from graphql_app.plan.compiler import Compiler, FoundRows, Level, ListedPages
from graphql_app.plan.connection_code import ConnectionMaker, GroupsMaker
from graphql_app.plan.lists import ListArguments
from graphql_app.plan.program import Columns, Draft, Step, StepKind, each
from graphql_app.plan.selection import page_size
from graphql_app.sql.joins import Form, Output


def emit_found(compiler: Compiler, found: FoundRows, keys: str, under: int = -1, most: int = 1) -> None:
    """Emit the lookup of rows by the keys in the list ``keys``, and the dicts of their objects.

    There are at most ``most`` keys.
    """
    draft = compiler.draft
    # the key is the first column of a row
    columns = Columns(items=[Output(found.column, Form.TEXT)])
    step = Step(StepKind.FIND, found.model, found.column, columns, under=under)
    index, level, rows = draft.add(draft.steps, step), Level(step.outputs, most, once=True), draft.name("rows")
    made = [(filled, compiler.row(found.model, nodes, level)) for filled, nodes in found.filled]
    draft.emit(f"{rows} = await fetch({index}, {keys}) if {keys} else ()")
    emit_children(compiler, level, rows, index)
    for filled, expression in made:
        draft.emit(f"{filled} = lost({rows}) or {{r[0]: {expression} {each('r', rows, expression)}}}")
    for filled in found.typed:
        draft.emit(f"typed({filled}.values(), {compiler.object_type(found.model).name!r})")
    if found.required:
        draft.emit(f"if len({rows}) < len({keys}): check()")


def emit_children(compiler: Compiler, level: Level, rows: str, under: int) -> None:
    """Emit the lookups, lists and calls for the rows of a level, which the step ``under`` has read."""
    draft = compiler.draft
    for called in level.calls:
        draft.emit(f"{called.filled} = await call({called.index}, {{id(r): {called.source} for r in {rows}}})")
    for found in level.found.values():
        emit_found(compiler, found, draft.keys(found.keys, rows, nullable=found.nullable), under, most=level.rows)
    for listed in level.lists.values():
        emit_list(compiler, listed, draft.keys([listed.key], rows, nullable=listed.nullable), under, most=level.rows)


def emit_list(compiler: Compiler, listed: ListedPages, keys: str, under: int = -1, most: int = 1) -> None:
    """Emit the statements of a page for each key in the list ``keys``, and the dicts of their connections.

    There are at most ``most`` keys.
    """
    draft = compiler.draft
    _, nodes = listed.filled[0]
    arguments = ListArguments(nodes[0], listed.definition)
    listing = draft.add(draft.listings, arguments)
    rows = most * page_size(nodes[0], compiler.operation.choices)
    maker = ConnectionMaker(compiler, arguments.declared, listing, rows, under)
    made = [(filled, maker.connection(nodes)) for filled, nodes in listed.filled]
    pages, read = emit_pages(compiler, maker, keys)
    for line in maker.lines(keys):
        draft.emit(line)
    for groups in maker.groups:
        emit_groups(compiler, groups, listing, keys, under)
    for filled, (expression, location) in made:
        failed = f"lost({read}, {location})" if read and location else f"(refused({listing}) if {keys} else None)"
        draft.emit(f"{filled} = {failed} or {{k: {expression} {each(*pages, expression)}}}")


def emit_pages(compiler: Compiler, maker: ConnectionMaker, keys: str) -> tuple[tuple[str, str], str]:
    """Emit the statement of the pages, and those of the related rows.

    Returns the loop variables and the expression of the pages, and the name of the rows. The variables are the key
    ``k`` and its ``items``, and, if the page may be trimmed, ``more``: true if there are further rows.
    """
    draft = compiler.draft
    if not maker.reads_rows:
        return ("k", keys), ""
    is_plain = draft.listings[maker.listing].is_plain
    fetched, parts = draft.name("rows"), draft.name("parts")
    draft.emit(f"{fetched} = await fetch({maker.step}, {keys})" + ("" if maker.is_root else f" if {keys} else ()"))
    if not is_plain:
        draft.emit(f"{maker.page} = page({maker.listing})" + ("" if maker.is_root else f" if {keys} else None"))
    _emit_parts(draft, maker, keys, fetched, parts, is_plain=is_plain)
    if not maker.level.is_last:
        rows = fetched
        if not is_plain:
            rows = draft.name("rows")
            draft.emit(f"{rows} = [r for items, _ in {parts}.values() for r in items]")
        emit_children(compiler, maker.level, rows, maker.step)
    return ("k, items" if is_plain else "k, (items, more)", f"{parts}.items()"), fetched


def _emit_parts(draft: Draft, maker: ConnectionMaker, keys: str, fetched: str, parts: str, *, is_plain: bool) -> None:
    """Emit the division of the rows into a page per key."""
    if maker.is_root:
        page = fetched if is_plain else f"{maker.page}.kept({fetched})"
        draft.emit(f"{parts} = {{None: {page}}}")
    elif is_plain:
        draft.emit(f"{parts} = split({fetched}, {keys})")
    else:
        draft.emit(f"{parts} = {maker.page}.split({fetched}, {keys}) if {keys} else {{}}")


def emit_groups(compiler: Compiler, groups: GroupsMaker, listing: int, keys: str, under: int) -> None:
    """Emit the statement of the groups of each key, and the lookups of the records in their keys."""
    draft = compiler.draft
    step = Step(StepKind.GROUP, groups.model, listing=listing, grouping=groups.index, under=under)
    index = draft.add(draft.steps, step)
    draft.emit(groups.filled(index, keys))
    for column, found in groups.found.items():
        shared = draft.name("keys")
        draft.emit(f"{shared} = {groups.keys(column)}")
        emit_found(compiler, found, shared, index)
