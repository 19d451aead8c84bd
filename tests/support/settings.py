"""Settings for tests: of nobody's environment and nobody's ``.env``."""

from typing import Any

from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from graphql_app.settings import Settings
from tests.support.databases import TestDatabase

SECRET = "a secret for tests: " + "0123456789 abcdef" * 3


class GivenSettings(Settings):
    """Settings that are given as arguments only, because most of the time would go into reading an environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the source of arguments."""
        return (init_settings,)


def settings_for(database: TestDatabase, **chosen: Any) -> Settings:
    """Settings that serve from ``database``; ``chosen`` are fields by name."""
    addresses = {"database_url": database.app_url, "database_owner_url": database.owner_url}
    return GivenSettings(**{"_env_file": None, "env": "test", "secret_key": SecretStr(SECRET), **addresses, **chosen})
