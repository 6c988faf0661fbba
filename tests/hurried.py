"""A client of the web in a hurry, that may reach the servers of the tests."""

from __future__ import annotations

from flows.http import Client
from flows.sources.settings import SourceSettings


def hurried(**given: object) -> SourceSettings:
    """Settings that wait for nothing and try nothing again."""
    quick = {"requests_per_second": 50, "retry_seconds": 0.001, "retries": 0, "allowed_private_hosts": ("127.0.0.1",)}
    return SourceSettings(**(quick | given))


def client(**given: object) -> Client:
    """A client that tries again twice."""
    return Client(hurried(**({"retries": 2} | given)))
