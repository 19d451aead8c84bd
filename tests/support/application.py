"""Application of this repository, the demo, as the tests load it."""

from graphql_app.application import load_application
from graphql_app.postgres.migrations import Migrations
from graphql_app.settings import ApplicationSettings, find_application
from tests.support.checkout import ROOT

CONFIG = find_application(ApplicationSettings(_env_file=None), ROOT)
APPLICATION = load_application(CONFIG)
MIGRATIONS = Migrations(CONFIG.migrations)
NAMED = {"WORKLINE_SCHEMA": CONFIG.package, "WORKLINE_MIGRATIONS": str(CONFIG.migrations)}
"""Environment variables with which a command in another directory serves it."""
load_models = APPLICATION.load_models
