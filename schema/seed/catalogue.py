"""Categories and labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from schema.seed.moments import setting_up
from schema.seed.scene import Row, Scene
from schema.seed.vocabulary.trade import Kind
from schema.work.models import Category, Label


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Categories and labels of tasks. ``rows`` has one category and one label more, which no task has."""

    categories: Sequence[tuple[UUID, Kind]]
    labels: Sequence[UUID]
    rows: Sequence[Row]


def stock(scene: Scene) -> Catalogue:
    """Create the categories and labels of the organization's trade."""
    trade = scene.business.trade
    categories = [category(scene, index, kind) for index, kind in enumerate(trade.kinds)]
    labels = [label(scene, index, name, color) for index, (name, color) in enumerate(trade.labels)]
    return Catalogue(
        categories=[(id_, kind) for (id_, _), kind in zip(categories, trade.kinds, strict=True)][:-1],
        labels=[id_ for id_, _ in labels][:-1],
        rows=[row for _, row in categories + labels],
    )


def category(scene: Scene, index: int, kind: Kind) -> tuple[UUID, Row]:
    """Return a category, and its id."""
    at = setting_up(0.6 + 0.01 * index)
    id_ = scene.new_id(at)
    return id_, scene.row(Category, at, id_, name=kind.name, description=kind.description)


def label(scene: Scene, index: int, name: str, color: str) -> tuple[UUID, Row]:
    """Return a label, and its id."""
    at = setting_up(0.7 + 0.01 * index)
    id_ = scene.new_id(at)
    return id_, scene.row(Label, at, id_, name=name, color=color)
