"""The built-in connectors, one module or folder a network; each sees only `bridge.connector`."""
