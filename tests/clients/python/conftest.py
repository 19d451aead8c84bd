"""The server that `make test-clients` has started, and somebody who is logged in to it."""

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
    """The header of the demo's owner."""
    LOG_IN.variable_values = {"input": {"email": "owner@north.example", "password": "workline-demo"}}
    answer = Client(transport=HTTPXTransport(url=url)).execute(LOG_IN)
    return {"authorization": f"Bearer {answer['logIn']['token']}"}
