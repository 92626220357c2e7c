"""Where the demo's two terminals meet: the names and the port that `demo` writes and `write` reads."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path("demo")
CONFIG = "config.toml"
MAILDIR = "outgoing"
FAQ = "faq"
PORT = 2525
SHOP = "shop@flowers.example"
CUSTOMER = "carla@example.org"
