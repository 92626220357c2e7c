"""XMPP: a domain of the bridge's own, in which each conversation is a contact that its owner chats with.

Theory of operation. The server takes the bridge for a component (XEP-0114): everything to `customers.flowers.example`
comes here, and anything in it may write. `link.py` is that connection. The core opens a room for each conversation;
here that is a contact (`book.py`, written down by `keeping.py`) with a name (`names.py`), a picture (`picture.py`), an
answer to whoever asks for them (`profile.py`) and a presence (`presences.py`): there as long as the conversation is
open. Owners' stanzas are stored before they are acknowledged (`incoming.py`), and `parse.py` says in which room they
stand. Whoever else writes is told so (`strangers.py`). Reading, writing and files are those of an account
(`connectors/xmpp/`). `component.py` is what is the same where owners share rooms instead (`connectors/xmpp/shared/`).
"""

from __future__ import annotations

from bridge.connector import Connector, ConnectorType
from connectors.xmpp.contacts.settings import ContactsSettings, unfit_member, unfit_owner

__all__ = ["TYPE", "create"]


def create(name: str, settings: ContactsSettings) -> Connector:
    """The connector `name`, made without any I/O. Raises ImportError, naming the library that is missing."""
    try:
        # Parsers must not load them.
        from connectors.xmpp.contacts.connector import ContactsConnector  # noqa: PLC0415 - see above
        from connectors.xmpp.shared.connector import SharedConnector  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        raise ImportError(f"the xmpp-contacts connector [{name}] needs the library {error.name}") from error
    return SharedConnector(name, settings) if settings.share == "rooms" else ContactsConnector(name, settings)


TYPE = ConnectorType(settings=ContactsSettings, create=create, unfit_owner=unfit_owner, unfit_member=unfit_member)
