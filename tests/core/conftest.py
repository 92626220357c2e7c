import pytest
from shop import Shop


@pytest.fixture
def shop() -> Shop:
    """An empty shop in memory."""
    return Shop()
