"""How promises sound, language by language: who promises, what day, and what makes it none. Data only.

A sentence is a promise where `promises` finds something and `unless` does not; `days` finds when. Few and sure: a
promise that is not seen costs a reminder, one that is seen where there is none costs an owner's patience every day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """The patterns of one language."""

    promises: re.Pattern[str]
    unless: re.Pattern[str]
    days: re.Pattern[str]


def _language(promises: str, unless: str, days: str) -> Spoken:
    def compiled(words: str) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{' '.join(words.split())})(?!\w)", re.IGNORECASE)

    return Spoken(promises=compiled(promises), unless=compiled(unless), days=compiled(days))


_CLOCK = r"\d{1,2}(?:[:.]\d{2})?"
_EN_DAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_DE_DAY = r"(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)"
_PART_EN = r"(?: morning| afternoon| evening)?"
_PART_DE = r"(?: früh| vormittag| mittag| nachmittag| abend)?"

SPOKEN: Mapping[str, Spoken] = {
    "en": _language(
        r"(?:i|we)(?:'ll|’ll| will) (?!be\b|need\b|see\b|have to\b|not\b|never\b)\w+|"  # noqa: RUF001 - as people type
        r"(?:i am|i'm|we are|we're) going to (?!be\b)\w+|you(?:'ll| will) (?:have|get|receive|hear)",
        r"not|never|if|unless|once|when|as soon as|depends|maybe|perhaps|probably|might|\w+n't|closed|open",
        rf"(?:next )?{_EN_DAY}{_PART_EN}(?: at {_CLOCK}\s*(?:am|pm)?)?|tomorrow{_PART_EN}(?: at {_CLOCK}\s*(?:am|pm)?)?"
        rf"|today(?: at {_CLOCK}\s*(?:am|pm)?)?|tonight|this (?:afternoon|evening)|next week|"
        r"in (?:\d{1,2} (?:minutes|hours|days|weeks)|an hour|a week)",
    ),
    "de": _language(
        r"(?:ich|wir) (?:werde|werden|melde|melden|schicke|schicken|sende|senden|rufe|rufen|bringe|bringen|liefere|"
        r"liefern|gebe|geben|kümmere|kümmern|antworte|antworten|bestelle|bestellen|mache|machen)|"
        r"(?:melde|schicke|sende|rufe|bringe|liefere|gebe|kümmere|antworte|bestelle|mache) ich|"
        r"(?:melden|schicken|senden|rufen|bringen|liefern|geben|kümmern|antworten|bestellen|machen) wir|"
        r"sie (?:bekommen|erhalten|hören)|(?:bekommen|erhalten|hören) sie",
        r"nicht|nie|kein\w*|wenn|falls|sobald|vielleicht|wahrscheinlich|eventuell|könnte\w*|geschlossen|geöffnet|guten",
        rf"(?:nächsten |kommenden )?{_DE_DAY}{_PART_DE}(?: um {_CLOCK} uhr)?|(?:heute|morgen|übermorgen){_PART_DE}"
        rf"(?: um {_CLOCK} uhr)?|nächste woche|in (?:\d{{1,2}} (?:minuten|stunden|tagen|wochen)|einer (?:stunde|woche))"
        r"|\d{1,2}\.\d{1,2}\.",
    ),
    "fr": _language(
        r"je (?:vous|t') ?(?:envoie|enverrai|rappelle|rappellerai|réponds|répondrai|recontacte\w*|livre\w*|apporte\w*)|"
        r"nous vous (?:envoyons|enverrons|rappelons|rappellerons|répondons|répondrons|livrons|livrerons)|"
        r"vous (?:recevrez|aurez)",
        r"ne|n'\w+|pas|si|s'il|dès que|quand|peut-être|probablement",
        r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)(?: prochain)?(?: matin| après-midi| soir)?|"
        r"demain(?: matin| après-midi| soir)?|dans \d{1,2} (?:jours|heures|semaines)",
    ),
    "es": _language(
        r"(?:le|te|les|os|se lo|lo|la) (?:envío|enviaré|enviamos|enviaremos|mando|mandaré|llamo|llamaré|llamaremos|"
        r"aviso|avisaré|contesto|contestaré|respondo|responderé|llevo|llevaré)|recibirá",
        r"no|nunca|si|cuando|en cuanto|quizás?|tal vez|probablemente",
        r"(?:el )?(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo)|mañana|dentro de \d{1,2} (?:días|horas)",
    ),
    "it": _language(
        r"(?:le|ti|vi|glielo|la|lo) (?:invio|invierò|invieremo|mando|manderò|manderemo|chiamo|chiamerò|scrivo|scriverò|"
        r"rispondo|risponderò|porto|porterò|faccio sapere|farò sapere)|riceverà",
        r"non|mai|se|quando|appena|forse|probabilmente",
        r"(?:lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica)(?: prossim[oa])?|domani|"
        r"tra \d{1,2} (?:giorni|ore)",
    ),
    "nl": _language(
        r"(?:ik|wij|we) (?:zal|zullen|stuur|sturen|bel|bellen|mail|mailen|breng|brengen|lever|leveren|antwoord|kom)|"
        r"(?:stuur|bel|mail|breng|lever|antwoord) ik|(?:u|je) (?:krijgt|ontvangt|hoort)",
        r"niet|nooit|geen|als|zodra|wanneer|misschien|waarschijnlijk|gesloten",
        r"(?:volgende )?(?:maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag)|morgen|volgende week|"
        r"over \d{1,2} (?:dagen|uur|weken)",
    ),
    "pl": _language(
        r"wyślę|wyślemy|zadzwonię|zadzwonimy|odezwę|odezwiemy|dam znać|damy znać|napiszę|odpowiem|dostarczę",
        r"nie|nigdy|jeśli|jeżeli|gdy|kiedy|może|prawdopodobnie",
        r"(?:poniedziałek|wtorek|środę|czwartek|piątek|sobotę|niedzielę)|jutro|za \d{1,2} (?:dni|godzin\w*)",
    ),
    "pt": _language(
        r"(?:lhe|te|vos|eu) (?:envio|enviarei|mando|mandarei|ligo|ligarei|aviso|avisarei|respondo|responderei|levo)|"
        r"(?:enviaremos|ligaremos|responderemos|avisaremos)|(?:vai receber|receberá)",
        r"não|nunca|se|quando|assim que|talvez|provavelmente",
        r"(?:segunda|terça|quarta|quinta|sexta)(?:-feira)?|sábado|domingo|amanhã|em \d{1,2} (?:dias|horas)",
    ),
}
