"""The XMPP account against a real ejabberd: tests that Prosody passes, too."""

from __future__ import annotations

from importlib import import_module

import pytest
from servers import ejabberd, prosody

pytestmark = pytest.mark.servers

live = import_module("test_xmpp_live")

# Fixtures are looked up where a test stands: these stand here, and so does the server that they use.
shop = live.shop
open_shop = live.open_shop


@pytest.fixture(scope="module")
def prosody_server(ejabberd_server: ejabberd.Ejabberd) -> prosody.Prosody:
    """The server of these tests is an ejabberd."""
    return ejabberd_server


test_a_customer_writes_and_is_answered = live.test_a_customer_writes_and_is_answered
test_order_is_kept = live.test_order_is_kept
test_what_came_while_away = live.test_what_came_while_away_is_there_once_and_in_order
test_corrections = live.test_corrections_retractions_and_reactions
test_an_edit_and_a_retraction_of_ours = live.test_an_edit_and_a_retraction_of_ours
test_an_answer_from_another_device = live.test_an_answer_from_another_device_is_a_persons_answer
test_a_forged_carbon = live.test_a_forged_carbon_is_nobodys_word
test_an_address_that_does_not_exist = live.test_an_address_that_does_not_exist_bounces
test_no_text_ends_the_stream = live.test_no_text_ends_the_stream
test_what_was_sent_is_found_again = live.test_what_was_sent_is_found_again_and_what_was_not_is_not
test_what_no_try_will_mend = live.test_what_no_try_will_mend_is_raised_for_the_owner
test_tls_from_the_start = live.test_tls_from_the_start
