"""Tree of a document, and its text. Values and arguments are texts already."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Arguments = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """Variable of the operation: its definition, and the value in the request, if any."""

    name: str
    type: str
    default: str | None = None
    given: bool = False
    value: Any = None

    @property
    def text(self) -> str:
        return f"${self.name}: {self.type}" + ("" if self.default is None else f" = {self.default}")


@dataclass(frozen=True, slots=True)
class Field:
    """Field ``key: name(arguments) directives { selections }``."""

    parent: str
    """Name of the type with this field."""
    key: str
    name: str
    arguments: Arguments = ()
    directives: tuple[str, ...] = ()
    selections: "tuple[Selection, ...]" = ()

    @property
    def head(self) -> str:
        alias = "" if self.key == self.name else f"{self.key}: "
        arguments = ", ".join(f"{name}: {value}" for name, value in self.arguments)
        return " ".join([f"{alias}{self.name}" + (f"({arguments})" if arguments else ""), *self.directives])


@dataclass(frozen=True, slots=True)
class Inline:
    """Inline fragment ``... on Type directives { selections }``; without a type it only carries directives."""

    on: str | None
    directives: tuple[str, ...]
    selections: "tuple[Selection, ...]"

    @property
    def head(self) -> str:
        return " ".join(["..." if self.on is None else f"... on {self.on}", *self.directives])


@dataclass(frozen=True, slots=True)
class Spread:
    """Fragment spread ``...Name``."""

    name: str
    directives: tuple[str, ...] = ()
    selections: "tuple[Selection, ...]" = ()

    @property
    def head(self) -> str:
        return " ".join([f"...{self.name}", *self.directives])


Selection = Field | Inline | Spread


@dataclass(frozen=True, slots=True)
class Fragment:
    """Fragment definition ``fragment Name on Type { selections }``."""

    name: str
    on: str
    selections: tuple[Selection, ...]


@dataclass(frozen=True)
class Document:
    """Operation with its fragments and variables. ``cursors`` maps variables to the lists of their cursors."""

    kind: str
    selections: tuple[Selection, ...]
    fragments: tuple[Fragment, ...] = ()
    variables: tuple[Variable, ...] = ()
    cursors: dict[str, str] = field(default_factory=dict)

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """Print the text in reports of hypothesis."""
        printer.text(f"the document of {len(self.text)} characters")

    @property
    def text(self) -> str:
        variables = ", ".join(variable.text for variable in self.variables)
        lines = [self.kind + (f" ({variables})" if variables else "") + " {", *_lines(self.selections, "  "), "}"]
        for fragment in self.fragments:
            lines += [f"fragment {fragment.name} on {fragment.on} {{", *_lines(fragment.selections, "  "), "}"]
        return "\n".join(lines)

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of its variables."""
        return {variable.name: variable.value for variable in self.variables if variable.given}

    def everything(self) -> Iterator[Selection]:
        """Yield every selection at any depth, those of fragments once."""
        waiting = [*self.selections, *(each for fragment in self.fragments for each in fragment.selections)]
        while waiting:
            selection = waiting.pop()
            yield selection
            waiting.extend(selection.selections)

    def fields(self) -> set[tuple[str, str]]:
        """Yield the selected fields, each with the type to which it belongs."""
        return {(each.parent, each.name) for each in self.everything() if isinstance(each, Field)}


def _lines(selections: tuple[Selection, ...], indent: str) -> Iterator[str]:
    for selection in selections:
        if selection.selections:
            yield f"{indent}{selection.head} {{"
            yield from _lines(selection.selections, indent + "  ")
            yield f"{indent}}}"
        else:
            yield f"{indent}{selection.head}"
