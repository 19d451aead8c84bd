"""A document as a small tree, and its text. Values and arguments are texts already."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Arguments = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the operation: its definition, and the value that a request gives for it, if it gives one."""

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
    """``key: name(arguments) directives { selections }``"""

    parent: str
    """The type that it is a field of."""
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
    """``... on Type directives { selections }``; without a type it is there for its directives."""

    on: str | None
    directives: tuple[str, ...]
    selections: "tuple[Selection, ...]"

    @property
    def head(self) -> str:
        return " ".join(["..." if self.on is None else f"... on {self.on}", *self.directives])


@dataclass(frozen=True, slots=True)
class Spread:
    """``...Name``"""

    name: str
    directives: tuple[str, ...] = ()
    selections: "tuple[Selection, ...]" = ()

    @property
    def head(self) -> str:
        return " ".join([f"...{self.name}", *self.directives])


Selection = Field | Inline | Spread


@dataclass(frozen=True, slots=True)
class Fragment:
    """``fragment Name on Type { selections }``"""

    name: str
    on: str
    selections: tuple[Selection, ...]


@dataclass(frozen=True)
class Document:
    """One operation with its fragments and variables. ``cursors`` says which variables want a cursor of which list."""

    kind: str
    selections: tuple[Selection, ...]
    fragments: tuple[Fragment, ...] = ()
    variables: tuple[Variable, ...] = ()
    cursors: dict[str, str] = field(default_factory=dict)

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """How hypothesis shows it."""
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
        """The values of its variables."""
        return {variable.name: variable.value for variable in self.variables if variable.given}

    def everything(self) -> Iterator[Selection]:
        """Every selection, at whatever depth, those of fragments once."""
        waiting = [*self.selections, *(each for fragment in self.fragments for each in fragment.selections)]
        while waiting:
            selection = waiting.pop()
            yield selection
            waiting.extend(selection.selections)

    def fields(self) -> set[tuple[str, str]]:
        """The fields that are selected somewhere, each with the type that it is a field of."""
        return {(each.parent, each.name) for each in self.everything() if isinstance(each, Field)}


def _lines(selections: tuple[Selection, ...], indent: str) -> Iterator[str]:
    for selection in selections:
        if selection.selections:
            yield f"{indent}{selection.head} {{"
            yield from _lines(selection.selections, indent + "  ")
            yield f"{indent}}}"
        else:
            yield f"{indent}{selection.head}"
