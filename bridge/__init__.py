"""inbox-bridge: one inbox for a small business's customers, answered from the client its owner already uses."""

__version__ = "0.1.0"
