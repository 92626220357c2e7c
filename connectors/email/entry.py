"""What the entry point names: the connector's type. Apart from the package, so that a parsing worker stays small."""

from __future__ import annotations

from bridge.connector import Connector, ConnectorType
from connectors.email.explain import explain_mail
from connectors.email.owner_address import unfit_owner
from connectors.email.settings import EmailSettings


def create(name: str, settings: EmailSettings) -> Connector:
    """The connector `name`, made without any I/O. Raises ImportError, naming the library that is missing."""
    try:
        from connectors.email.connector import EmailConnector  # noqa: PLC0415 - to check a configuration it is not needed
    except ModuleNotFoundError as error:
        raise ImportError(f"the email connector [{name}] needs the library {error.name}") from error
    return EmailConnector(name, settings)


TYPE = ConnectorType(settings=EmailSettings, create=create, explain=explain_mail, unfit_owner=unfit_owner)
