"""What a rule returns when one record does not say it all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql_app.database.base import Base


@dataclass(frozen=True, slots=True)
class Done:
    """Several records, or a secret to show. A rule that made or changed one record returns just that.

    ``others`` are records by the Python names of the payload's fields that show them; ``record`` is that of all other
    fields. ``secret`` is shown once and stored nowhere.
    """

    record: Base | None = None
    others: Mapping[str, Base] = field(default_factory=dict)
    secret: Any = None
