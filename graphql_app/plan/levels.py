"""Stage three: the program, level by level. Fetch rows, fetch what hangs on them, then make their objects."""

from graphql_app.plan.compiler import Compiler, Found, Level, Listed, find_step
from graphql_app.plan.connections import ConnectionMaker
from graphql_app.plan.grouping import GroupsMaker
from graphql_app.plan.keys import distinct
from graphql_app.plan.listing import Listing
from graphql_app.plan.sizes import page_size
from graphql_app.plan.steps import Does, Program, Step, each


def emit_found(compiler: Compiler, found: Found, keys: str, under: int = -1, most: int = 1) -> None:
    """Find rows by the keys in the list of that name, make their objects, and fill the dicts that wait for them.

    There may be ``most`` keys.
    """
    program = compiler.program
    step = find_step(found.model, found.column, under)
    index, level, rows = program.step(step), Level(step.outputs, most, once=True), program.name("rows")
    made = [(filled, compiler.row(found.model, nodes, level)) for filled, nodes in found.filled]
    program.emit(f"{rows} = await fetch({index}, {keys}) if {keys} else ()")
    emit_children(compiler, level, rows, index)
    for filled, expression in made:
        program.emit(f"{filled} = {{r[0]: {expression} {each('r', rows, expression)}}}")


def emit_children(compiler: Compiler, level: Level, rows: str, under: int) -> None:
    """Fetch everything that hangs on the rows of a level, which the step ``under`` has read."""
    program = compiler.program
    for found in level.found.values():
        keys = program.name("keys")
        program.emit(f"{keys} = {distinct(found.keys, rows, nullable=found.nullable)}")
        emit_found(compiler, found, keys, under, most=level.rows)
    for listed in level.lists.values():
        keys = program.name("keys")
        program.emit(f"{keys} = {distinct([listed.key], rows, nullable=listed.nullable)}")
        emit_list(compiler, listed, keys, under, most=level.rows)


def emit_list(compiler: Compiler, listed: Listed, keys: str, under: int = -1, most: int = 1) -> None:
    """Fetch a page for each of the keys in the list of that name, and fill the dicts that wait for connections.

    There may be ``most`` keys.
    """
    shown, definition = listed.field
    program = compiler.program
    _, nodes = listed.filled[0]
    listing = program.listing(Listing(shown, nodes[0], definition))
    rows = most * page_size(nodes[0], compiler.operation.choices)
    maker = ConnectionMaker(compiler, shown, listing, rows, under)
    made = [(filled, maker.connection(nodes)) for filled, nodes in listed.filled]
    pages = emit_pages(compiler, maker, keys)
    for line in maker.lines(keys):
        program.emit(line)
    for groups in maker.groups:
        emit_groups(compiler, groups, listing, keys, under)
    for filled, expression in made:
        program.emit(f"{filled} = {{k: {expression} {each(*pages, expression)}}}")


def emit_pages(compiler: Compiler, maker: ConnectionMaker, keys: str) -> tuple[str, str]:
    """Fetch the rows of the pages, and what hangs on them. Returns the names in each page, and where the pages are.

    The names are key ``k`` and its ``items``, and whether there are ``more`` where the page may be trimmed.
    """
    if not maker.reads_rows:
        # perhaps nothing is fetched at all: this is where wrong arguments are noticed
        compiler.program.emit(f"page({maker.listing})")
        return "k", keys
    is_plain = compiler.program.listings[maker.listing].is_plain
    if not is_plain:
        compiler.program.emit(f"{maker.page} = page({maker.listing})")
    emit = emit_only_page if maker.is_root else emit_page_of_each
    parts, rows = emit(compiler.program, maker, keys, is_plain)
    if maker.level.found or maker.level.lists:
        emit_children(compiler, maker.level, rows, maker.step)
    return "k, items" if is_plain else "k, (items, more)", f"{parts}.items()"


def emit_only_page(program: Program, maker: ConnectionMaker, keys: str, is_plain: bool) -> tuple[str, str]:
    """Fetch the page of a list without parents. Returns the dict in which it is, and its rows."""
    parts, fetched = program.name("parts"), f"await fetch({maker.step}, {keys})"
    program.emit(f"{parts} = {{None: {fetched if is_plain else f'{maker.page}.kept({fetched})'}}}")
    return parts, f"{parts}[None]" if is_plain else f"{parts}[None][0]"


def emit_page_of_each(program: Program, maker: ConnectionMaker, keys: str, is_plain: bool) -> tuple[str, str]:
    """Fetch the page of each key. Returns the dict in which they are, and all their rows."""
    rows, parts = program.name("rows"), program.name("parts")
    fetched = f"await fetch({maker.step}, {keys}) if {keys} else ()"
    if is_plain:
        program.emit(f"{rows} = {fetched}")
        program.emit(f"{parts} = split({rows}, {keys})")
        return parts, rows
    program.emit(f"{parts} = {maker.page}.split({fetched}, {keys})")
    if maker.level.found or maker.level.lists:
        program.emit(f"{rows} = [r for items, _ in {parts}.values() for r in items]")
    return parts, rows


def emit_groups(compiler: Compiler, groups: GroupsMaker, listing: int, keys: str, under: int) -> None:
    """Fetch the groups of each key, and the records that they share."""
    program = compiler.program
    step = program.step(Step(Does.GROUP, groups.model, listing=listing, grouping=groups.index, under=under))
    program.emit(groups.filled(step, keys))
    for column, found in groups.found.items():
        shared = program.name("keys")
        program.emit(f"{shared} = {groups.keys(column)}")
        emit_found(compiler, found, shared, step)
