"""All that customers read of the bridge's own, in their language: each text once, so that it can be read in one place.

The catalogues of languages that only customers are spoken to in name this file (`locale/`, header `X-Texts`).
"""

from __future__ import annotations

from bridge.language import Language, first_known


def customers_language(spoken: str, shop: str) -> Language:
    """What a customer is spoken to in: their language, if it is known and there are words in it, else the shop's."""
    return first_known(spoken, shop)


def arrived(speech: Language, business: str) -> str:
    """A message has come in."""
    return speech.say(
        "Your message has arrived. This is an automatic confirmation; somebody will answer you personally. {business}",
        business=business,
    )


def arrived_while_closed(speech: Language, business: str, opening: str) -> str:
    """A message has come in while nobody is here; `opening` says in words when somebody is again."""
    return speech.say(
        "Your message has arrived. Nobody is here at the moment; we are open again {opening}, and somebody will "
        "answer you personally then. (This is an automatic confirmation.) {business}",
        opening=opening,
        business=business,
    )


def below_an_answer(speech: Language, *, asks_helped: bool) -> str:
    """What stands below an answer from the FAQ."""
    if asks_helped:
        return speech.say("This answer is automatic. Did it help? If not, somebody will answer you.")
    return speech.say('This answer is automatic. Write "person" and somebody will answer you.')


def yes(speech: Language) -> str:
    """The bare word."""
    return speech.say("yes")


def no(speech: Language) -> str:
    """The bare word."""
    return speech.say("no")


def it_helped(speech: Language) -> tuple[str, str]:
    """The label of a button, and the word that does the same."""
    return speech.say("It helped"), yes(speech)


def it_did_not_help(speech: Language) -> tuple[str, str]:
    """The label of a button, and the word that does the same."""
    return speech.say("It did not help"), no(speech)


def a_person_will_answer(speech: Language) -> str:
    """To who asked for a person, or was not helped."""
    return speech.say("Somebody will answer you personally.")


def cannot_be_read(speech: Language, how: str, business: str) -> str:
    """To who sent an encrypted message; `how` names the encryption."""
    return speech.say(
        "Your message is encrypted with {how} and cannot be read here. Please send it once more without encryption. "
        "(This answer is automatic.) {business}",
        how=how,
        business=business,
    )


def how_was_it(speech: Language, business: str) -> str:
    """After a person has closed the case."""
    return speech.say(
        "How did we do, from 1 (badly) to 5 (very well)? The number alone will do; `stop` and you are asked no more. "
        "(This question is automatic.) {business}",
        business=business,
    )


def was_it_solved(speech: Language, business: str) -> str:
    """To who has said how it was."""
    return speech.say(
        "Thank you. Whatever you write about it, somebody reads it. Two short questions more: was your problem solved, "
        "yes or no? (This question is automatic.) {business}",
        business=business,
    )


def how_easy_was_it(speech: Language, business: str) -> str:
    """To who has said whether it was solved."""
    return speech.say(
        "And the last one: how easy was it to reach us, from 1 (hard) to 5 (very easy)? (This question is automatic.) "
        "{business}",
        business=business,
    )


def no_such_questions(speech: Language) -> str:
    """The label of a button."""
    return speech.say("No such questions")


def correction(speech: Language) -> str:
    """Stands before new words of the shop's where the old ones cannot be changed any more."""
    return speech.say("Correction: ")
