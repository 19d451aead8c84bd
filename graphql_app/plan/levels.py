"""A program, level by level: rows are fetched, then what hangs on them, then their objects are made.

Rows that could not be read are like none: what would be made of them is in the places that wait for it an error.
"""

from graphql_app.plan.compiler import Compiler, FoundRows, Level, ListedPages
from graphql_app.plan.connections import ConnectionMaker, GroupsMaker
from graphql_app.plan.lists import ListArguments
from graphql_app.plan.program import Columns, Draft, Step, StepKind, distinct, each
from graphql_app.plan.selection import page_size
from graphql_app.sql.joins import Form, Output


def emit_found(compiler: Compiler, found: FoundRows, keys: str, under: int = -1, most: int = 1) -> None:
    """Find rows by the keys in the list of that name, make their objects, and fill the dicts that wait for them.

    There may be ``most`` keys.
    """
    draft = compiler.draft
    # the column is the first thing that is read of a row
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
    """Fetch everything that hangs on the rows of a level, which the step ``under`` has read."""
    draft = compiler.draft
    for called in level.calls:
        draft.emit(f"{called.filled} = await call({called.index}, {{id(r): {called.source} for r in {rows}}})")
    for found in level.found.values():
        keys = draft.name("keys")
        draft.emit(f"{keys} = {distinct(found.keys, rows, nullable=found.nullable)}")
        emit_found(compiler, found, keys, under, most=level.rows)
    for listed in level.lists.values():
        keys = draft.name("keys")
        draft.emit(f"{keys} = {distinct([listed.key], rows, nullable=listed.nullable)}")
        emit_list(compiler, listed, keys, under, most=level.rows)


def emit_list(compiler: Compiler, listed: ListedPages, keys: str, under: int = -1, most: int = 1) -> None:
    """Fetch a page for each of the keys in the list of that name, and fill the dicts that wait for connections.

    There may be ``most`` keys.
    """
    shown, definition = listed.field
    draft = compiler.draft
    _, nodes = listed.filled[0]
    listing = draft.add(draft.listings, ListArguments(shown, nodes[0], definition))
    rows = most * page_size(nodes[0], compiler.operation.choices)
    maker = ConnectionMaker(compiler, shown, listing, rows, under)
    made = [(filled, maker.connection(nodes)) for filled, nodes in listed.filled]
    pages, read = emit_pages(compiler, maker, keys)
    for line in maker.lines(keys):
        draft.emit(line)
    for groups in maker.groups:
        emit_groups(compiler, groups, listing, keys, under)
    for filled, (expression, place) in made:
        failed = f"lost({read}, {place})" if read and place else f"(refused({listing}) if {keys} else None)"
        draft.emit(f"{filled} = {failed} or {{k: {expression} {each(*pages, expression)}}}")


def emit_pages(compiler: Compiler, maker: ConnectionMaker, keys: str) -> tuple[tuple[str, str], str]:
    """Fetch the rows of the pages, and what hangs on them.

    Returns the names in each page and where the pages are, and where the rows are as they were read. The names are key
    ``k`` and its ``items``, and whether there are ``more`` where the page may be trimmed.
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
    """Divide the rows among the keys, each of which has a page."""
    if maker.is_root:
        page = fetched if is_plain else f"{maker.page}.kept({fetched})"
        draft.emit(f"{parts} = {{None: {page}}}")
    elif is_plain:
        draft.emit(f"{parts} = split({fetched}, {keys})")
    else:
        draft.emit(f"{parts} = {maker.page}.split({fetched}, {keys}) if {keys} else {{}}")


def emit_groups(compiler: Compiler, groups: GroupsMaker, listing: int, keys: str, under: int) -> None:
    """Fetch the groups of each key, and the records that they share."""
    draft = compiler.draft
    step = Step(StepKind.GROUP, groups.model, listing=listing, grouping=groups.index, under=under)
    index = draft.add(draft.steps, step)
    draft.emit(groups.filled(index, keys))
    for column, found in groups.found.items():
        shared = draft.name("keys")
        draft.emit(f"{shared} = {groups.keys(column)}")
        emit_found(compiler, found, shared, index)
