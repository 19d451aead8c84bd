"""Syntax trees of the project's own modules, and their imports."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
INSTALLED = frozenset({".venv", "node_modules"})
"""Folders of packages that make has installed."""


@dataclass(frozen=True)
class Module:
    """Python file; ``name`` is its import name."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    def imports(self) -> set[str]:
        """Return the names that importing the module imports: modules, and names in them."""
        return set(_imported(self.tree, late=False))

    def late_imports(self) -> set[str]:
        """Return the names that functions of the module import when they are called."""
        return set(_imported(self.tree, late=True)) - self.imports()


@cache
def modules(*packages: str) -> tuple[Module, ...]:
    """Return all modules of these packages of the project, ordered by name."""
    paths = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    own = [path for path in paths if INSTALLED.isdisjoint(path.parts)]
    return tuple(Module(_name(path), path, ast.parse(path.read_text())) for path in own)


def module(name: str) -> Module:
    """Return the module of this name."""
    return next(each for each in modules(name.partition(".")[0]) if each.name == name)


def is_in(name: str, *packages: str) -> bool:
    """Return True if a dotted name is one of these packages, or inside one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(tree: ast.AST, *, late: bool) -> Iterator[str]:
    for node in _statements(tree, into_functions=late):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, "relative imports are not used in this project"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _statements(node: ast.AST, *, into_functions: bool) -> Iterator[ast.AST]:
    """Yield every statement, except those for the type checker only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if into_functions or not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _statements(child, into_functions=into_functions)
