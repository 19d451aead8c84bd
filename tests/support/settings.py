"""Settings for tests: of nobody's environment and nobody's ``.env``."""

from typing import Any

from pydantic import SecretStr

from graphql_app.settings import Settings
from tests.support.databases import TestDatabase

SECRET = "a secret for tests: " + "0123456789 abcdef" * 3


def settings_for(database: TestDatabase, **chosen: Any) -> Settings:
    """Settings that serve from ``database``; ``chosen`` are fields by name."""
    addresses = {"database_url": database.app_url, "database_owner_url": database.owner_url}
    return Settings(**{"_env_file": None, "env": "test", "secret_key": SecretStr(SECRET), **addresses, **chosen})
