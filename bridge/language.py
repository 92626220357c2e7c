"""What the bridge says to people, in their language.

The English text in the code is the key; `locale/CODE.po` holds the translations and is read as it is, with no compiled
files. A text that has no translation is said in English. `python -m bridge.locale` keeps the catalogues in step with
the code. Log lines are for operators and stay English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from gettext import c2py
from pathlib import Path

import polib

FOLDER = Path(__file__).parent / "locale"
SOURCE = "en"


def message(text: str, /) -> str:
    """The same text; marks one that stands in a table and is said later, so that the translators get it too."""
    return text


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """One language; `code` is its BCP 47 tag. Make it with `language`."""

    code: str
    _texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    _forms: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    _form_for: Callable[[int], int] = field(default=lambda number: int(number != 1), repr=False)

    def say(self, message: str, /, **values: object) -> str:
        """`message`, an English literal, in this language, with `{name}` replaced by `values`.

        Braces within the values stay as they are. Raises KeyError when a value is missing.
        """
        return self._texts.get(message, message).format_map(values)

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        """`one` or `many`, English literals, or what this language says for so many; `{number}` is the number."""
        forms = self._forms.get(one)
        text = forms[self._form_for(number)] if forms else (one if number == 1 else many)
        return text.format_map({"number": number, **values})


def spoken() -> list[str]:
    """The languages that there are, by their tags: some have what customers read alone."""
    return sorted({SOURCE, *(path.stem for path in FOLDER.glob("*.po"))})


def language(code: str) -> Language:
    """The best there is for this tag: de-AT, else de, else English. The tag is kept for dates and numbers."""
    known = code.replace("_", "-")
    while known:
        if (FOLDER / f"{known}.po").is_file() and "/" not in known:
            return _read(known)
        known = known.rpartition("-")[0]
    return _read(SOURCE)


def first_known(*codes: str) -> Language:
    """The first of these tags that there are texts in; English where there is none."""
    return language(next((code for code in codes if code and _known(code)), SOURCE))


def _known(code: str) -> bool:
    primary = code.replace("_", "-").partition("-")[0]
    return primary == SOURCE or (primary.isalpha() and (FOLDER / f"{primary}.po").is_file())


@cache
def _read(code: str) -> Language:
    path = FOLDER / f"{code}.po"
    if not path.is_file():
        return Language(code=code)
    catalogue = polib.pofile(str(path), encoding="utf-8")
    ready = [entry for entry in catalogue if entry.translated() and not entry.obsolete]
    return Language(
        code=code,
        _texts={entry.msgid: entry.msgstr for entry in ready if not entry.msgid_plural},
        _forms={entry.msgid: _ordered(entry.msgstr_plural) for entry in ready if entry.msgid_plural},
        _form_for=_plural_rule(catalogue.metadata.get("Plural-Forms", "")),
    )


def _ordered(forms: Mapping[int, str]) -> Sequence[str]:
    return [forms[index] for index in sorted(forms)]


def _plural_rule(header: str) -> Callable[[int], int]:
    """The rule of a catalogue's Plural-Forms: "nplurals=2; plural=(n != 1);"."""
    _, found, rule = header.partition(" plural=")
    return c2py((rule if found else "n != 1").strip().rstrip(";"))
