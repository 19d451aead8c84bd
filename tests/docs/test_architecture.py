"""Code of the architecture page: a hand-written resolver and DataLoader beside the derived ones."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from uuid import UUID

import pytest
import strawberry
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped, mapped_column, registry

from graphql_app.execution.options import ExecutorOptions
from graphql_app.models.base import Base, RootBase, TenantBase
from graphql_app.models.relationships import related, tenant_key
from graphql_app.types.lists import connection
from graphql_app.types.schema import Api, build_schema
from graphql_app.viewer import Viewer
from tests.docs.code_blocks import block
from tests.engine.toy_api import toy_on
from tests.support.databases import TestDatabase

PAGE = "docs/architecture.md"
METADATA = MetaData()
REGISTRY = registry(metadata=METADATA, type_annotation_map=Base.type_annotation_map)
HEAD = """
from uuid import UUID

from sqlalchemy import any_, select

from graphql_app.context import Context, Info
from graphql_app.loaders import Loader
from graphql_app.types.declarations import resolved
from graphql_app.types.relations import to_one
from graphql_app.types.model_type import model_type
from graphql_app.types.records import Node
from tests.docs import test_architecture as m


@model_type(m.Worker)
class Worker(Node):
    name: str


"""
QUERY = "{ tasks(first: 50) { nodes { title assignee { id name } responsible { id name } } } }"


class Root(RootBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Tenant(TenantBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Organization(Root):
    """Organization, to which foreign keys refer."""

    __tablename__ = "organizations"


class Worker(Tenant):
    """Worker of the demo."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(comment="Name.")


class Task(Tenant):
    """Task of the demo."""

    __tablename__ = "tasks"
    __table_args__ = (tenant_key("assignee_id", "workers"),)

    title: Mapped[str] = mapped_column(comment="Title.")
    assignee_id: Mapped[UUID | None] = mapped_column(comment="ID of the worker.")

    assignee: Mapped[Worker | None] = related(doc="Worker to whom the task is assigned.")


@strawberry.type
class Query:
    tasks = connection(Task, "Tasks.")


def module_of(path: Path) -> ModuleType:
    """Return the module with the code of the page."""
    path.write_text(HEAD + block(PAGE, "python", 1) + "\n\n" + block(PAGE, "python", 0))
    spec = spec_from_file_location("architecture_page", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
    return module


@pytest.fixture
def api(tmp_path: Path) -> Api:
    module_of(tmp_path / "page.py")
    return build_schema(nodes=[Task, Worker], queries=[Query])


@pytest.mark.parametrize("plan", [True, False])
async def test_the_hand_written_field_returns_the_rows_of_the_derived_one_with_one_batch(
    api: Api, demo_database: TestDatabase, newcomer: Viewer, plan: bool
) -> None:
    async with toy_on(api, demo_database.app, options=ExecutorOptions(plan=plan)) as toy:
        tasks = (await toy.fetch(QUERY, newcomer))["tasks"]["nodes"]
        loaded = [sql for sql in toy.statements if "FROM workers" in sql]
    assert [each["responsible"] for each in tasks] == [each["assignee"] for each in tasks]
    assert 1 < len({each["assignee"]["id"] for each in tasks if each["assignee"]}) < len(tasks)
    assert len(loaded) == 2
