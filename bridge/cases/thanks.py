"""Whether a message only says thank you, or only agrees: words that ask for nothing. Pure.

    thanks   "Thank you so much!", "Danke dir, liebe Grüße", a folded-hands sign
    agrees   "ok", "alles klar", a thumb up: nothing of its own, but it may answer a question

Every word must be known, and nothing may be asked: one word too many, a digit, a question mark, a file, and it is a
message like any other. So "thanks, but it is broken" is no thanks, and neither is "no thanks".
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

LONGEST = 200
"""Characters; a longer message says something."""


class Light(StrEnum):
    """What a message that asks for nothing is."""

    THANKS = "thanks"
    AGREES = "agrees"


def _words(text: str) -> frozenset[str]:
    return frozenset(_plain(text).split())


def _plain(text: str) -> str:
    """Small letters without accents: people leave those out."""
    apart = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss").replace("ł", "l"))
    return "".join(char for char in apart if not unicodedata.combining(char))


_THANKS = _words("""
    thanks thank thx tnx ty thankyou cheers appreciated grateful
    danke dankeschön dank bedanke vergelts
    merci remercie remercions
    gracias agradezco agradecida agradecido
    grazie ringrazio
    bedankt dankjewel dankuwel dankje
    dzięki dziękuję dziekuje dzieki
    obrigada obrigado obg valeu
""")
_AGREES = _words("""
    ok okay okey oki okie k kk alright fine great perfect super wonderful excellent lovely brilliant cool noted
    understood gut prima klasse toll perfekt wunderbar klar passt alles verstanden einverstanden spitze
    parfait parfaite génial entendu dac accord
    vale perfecto perfecta genial estupendo entendido
    perfetto perfetta benissimo bene capito va ottimo
    prima goed duidelijk akkoord geweldig mooi
    dobrze super świetnie jasne rozumiem pasuje
    perfeito perfeita ótimo certo entendi beleza combinado
""")
# What may stand beside them without asking for anything: no "no", no "not", and nothing that could be ordered ("one
# more, thanks", "noch einen, danke"), in no language.
_BESIDE = _words("""
    you so very much many lot lots million ton the for your help quick fast kind reply answer support indeed and again
    best kind warm regards greetings have nice good great lovely day evening weekend week bye to dear hi hello team
    sir madam sincerely yours everybody everyone guys
    vielen lieben herzlichen recht schönen schön sehr dir ihnen euch für die deine ihre eure hilfe schnelle antwort
    rückmeldung auskunft liebe viele herzliche freundliche freundlichen freundlichem beste mit gruß grüße grüßen
    gruss mfg lg vg tag abend wochenende schönes und hallo guten besten ich mich nochmals nochmal tausend
    beaucoup mille vous toi te pour votre ton aide réponse rapide la le bonne journée soirée cordialement bien d très
    et je bonjour salut au revoir
    muchas muchísimas mil por su tu ayuda respuesta rápida la el saludos saludo buen buenos días día tarde muy y hola le
    os de amable
    tante molte mille per il la tuo suo aiuto risposta rapida saluti cordiali buona giornata serata e ciao le ti
    gentilissima gentilissimo della
    heel veel erg hartelijk dank je u jullie wel voor de het snelle antwoord hulp groet groeten vriendelijke met fijne
    dag en
    bardzo serdecznie za pomoc szybką odpowiedź pozdrawiam miłego dnia wieczoru i wielkie państwu pani panu
    muito muita pela pelo ajuda resposta rápida abraço abraços bom boa dia tarde noite e mesmo
""")
_KNOWN = _THANKS | _AGREES | _BESIDE
_SIGNS: dict[str, Light | None] = {
    "\N{THUMBS UP SIGN}": Light.AGREES,
    "\N{OK HAND SIGN}": Light.AGREES,
    "\N{WHITE HEAVY CHECK MARK}": Light.AGREES,
    "\N{PERSON WITH FOLDED HANDS}": Light.THANKS,
    "\N{HEAVY BLACK HEART}": Light.THANKS,
    "\N{CLAPPING HANDS SIGN}": Light.THANKS,
    "\N{BOUQUET}": Light.THANKS,
    "\N{SMILING FACE WITH SMILING EYES}": None,
    "\N{SLIGHTLY SMILING FACE}": None,
    "\N{SMILING FACE WITH SMILING EYES AND THREE HEARTS}": None,
    "\N{GRINNING FACE}": None,
    "\N{SMILING FACE WITH OPEN MOUTH}": None,
}
# Skin tones, the joiner and the sign that asks for a coloured picture change nothing.
_NO_SIGN = re.compile("[\U0001f3fb-\U0001f3ff\u200d\ufe0f]")
_SMILEY = re.compile(r"(?<!\S)[:;]-?[)D*](?!\S)")
_A_LOT = re.compile(r"\ba (?=(?:lot|million|ton)\b)")
_SIGNATURE = re.compile(r"\n-- ?\n.*", re.DOTALL)
_APART = re.compile(r"[\s,.;:!…\-–—()'’\"*_~]+")  # noqa: RUF001 - what people type


def light(text: str, name: str = "") -> Light | None:
    """What a message is that asks for nothing; None for any other, and where that is not sure. `name` is its writer's,
    who may have signed.
    """
    text = _SIGNATURE.sub("", text)
    if len(text) > LONGEST or "?" in text:
        return None
    text = _A_LOT.sub("", _SMILEY.sub(" ", _NO_SIGN.sub("", text)))
    found = {_SIGNS[sign] for sign in text if sign in _SIGNS}
    words = [word for word in _APART.split(_plain("".join(" " if sign in _SIGNS else sign for sign in text))) if word]
    known = _KNOWN.union(_APART.split(_plain(name)))
    if not known.issuperset(words):
        return None
    if not _THANKS.isdisjoint(words) or Light.THANKS in found:
        return Light.THANKS
    return Light.AGREES if not _AGREES.isdisjoint(words) or Light.AGREES in found else None
