"""A contact for each conversation, against a real ejabberd: tests that Prosody passes, too."""

from __future__ import annotations

from importlib import import_module

import pytest
from servers import ejabberd, prosody

pytestmark = pytest.mark.servers

live = import_module("test_xmpp_contacts_live")

# Fixtures are looked up where a test stands: these stand here, and so does the server that they use.
shop = live.shop
open_shop = live.open_shop


@pytest.fixture(scope="module")
def prosody_server(ejabberd_server: ejabberd.Ejabberd) -> prosody.Prosody:
    """The server of these tests is an ejabberd."""
    return ejabberd_server


test_chat = live.test_a_customer_is_a_contact_and_the_owner_just_chats
test_marks = live.test_edits_retractions_reports_and_marks
test_receipts = live.test_a_receipt_leaves_only_once_the_message_is_stored
test_restart = live.test_contacts_are_there_again_after_a_restart
test_strangers = live.test_who_is_no_owner_is_refused_and_nothing_goes_anywhere
test_profile = live.test_a_contact_has_a_name_and_a_picture
test_files = live.test_files_both_ways
test_rooms = live.test_it_is_a_surface_with_rooms
test_refusals = live.test_what_no_try_will_mend_is_raised_for_the_owner
