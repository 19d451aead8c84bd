"""Fixtures of the Python client: the server that `make test-clients` has started, and an authenticated user."""

import os

import pytest
from gql import Client, gql
from gql.transport.httpx import HTTPXTransport

LOG_IN = gql("""
    mutation LogIn($input: LogInInput!) {
      logIn(input: $input) { token errors { message } }
    }
""")


@pytest.fixture(scope="session")
def url() -> str:
    return os.environ["WORKLINE_URL"]


@pytest.fixture(scope="session")
def bearer(url: str) -> dict[str, str]:
    """Return the authorization header of the demo's owner."""
    LOG_IN.variable_values = {"input": {"email": "owner@north.example", "password": "workline-demo"}}
    answer = Client(transport=HTTPXTransport(url=url)).execute(LOG_IN)
    return {"authorization": f"Bearer {answer['logIn']['token']}"}
