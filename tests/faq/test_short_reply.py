"""Yes, no and thanks are understood as people type them, and nothing else is taken for them."""

from __future__ import annotations

import pytest

from bridge.faq.short_reply import Said, short_reply

REPLIES = {
    Said.YES: """
        yes | Yes! | yes it did, thanks :) | yep | YES | yesss | ok | great | that helped a lot, thank you so
        much! | \U0001f44d | \U0001f44d\U0001f3fd danke | ja | Ja danke | jaaa | Super, vielen Dank für die
        schnelle Antwort! | hat geholfen | oui | oui merci | d'accord | sí | si | sí, gracias | claro que sí |
        perfetto grazie mille | va bene | sì | klopt | ja dank je wel | tak | tak, dziękuję bardzo | super dzieki
        | sim | sim, obrigada! | com certeza | :-) | exactly | excatly | perfct | alles klar
    """,
    Said.NO: """
        no | No. | nope | nooo | not really | no thanks | no, that's not what I asked | not helpful | it didn't
        help | \U0001f44e | nein | Nein, leider nicht | hat nicht geholfen | das war nicht meine Frage | non |
        non merci | pas du tout | ça ne marche pas | para nada | no me sirve | per niente | nee | nee helaas niet
        | nie | niestety nie | não | nao | ainda não | :( | unfortunately not
    """,
    Said.THANKS: """
        thanks | Thank you! | thx | thnaks | thank you very much | danke | Danke schön | dankeee | vielen dank |
        merci | merci beaucoup | gracias | muchas gracias | grazie | bedankt | Bedankt voor de hulp! | dziękuję |
        obrigado | valeu | \U0001f64f | cheers | thanks again | Herzlichen Dank
    """,
    Said.OTHER: """
          | hello | where | yes but where is my order | yes no | is it? | ok? | thanks, and how much is shipping?
        | danke, und was kostet der Versand? | 12345 | maybe | please | I need help | no way to pay here | yes I
        would like to order ten of them now please | it | \U0001f44d\U0001f44e | nice to meet you, where is my
        parcel
    """,
}
ODD = ["", " ", "danke " * 20, "a" * 5_000, "\0"]


def rows() -> list[tuple[Said, str]]:
    written = [(said, text.strip()) for said, texts in REPLIES.items() for text in " ".join(texts.split()).split("|")]
    return [*written, *((Said.OTHER, text) for text in ODD)]


@pytest.mark.parametrize(("said", "text"), rows())
def test_a_short_reply(said: Said, text: str) -> None:
    assert short_reply(text) is said
