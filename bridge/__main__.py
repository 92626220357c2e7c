"""`python -m bridge` is `inbox-bridge`."""

from bridge.cli import main

main()
