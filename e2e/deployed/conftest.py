"""Run these stories on what deploy/ holds, whatever STORIES_ON says."""

from collections.abc import Iterator

import pytest

from e2e.conftest import need
from e2e.deployed.site import DeployedSite, deployed_site


@pytest.fixture(scope="module")
def server(folder) -> Iterator[DeployedSite]:
    """Two processes behind nginx."""
    need("nginx", "postgres", "redis")
    with deployed_site(folder) as running:
        yield running
