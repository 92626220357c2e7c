from collections.abc import Iterator

import pytest
from shop import Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    """An empty shop in memory."""
    made = Shop()
    yield made
    made.close()
