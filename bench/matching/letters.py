"""A question as part of a letter: greeting, a story, the question, thanks, signature, quote. In several voices."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Voice:
    """How somebody writes letters: what stands above the question, below it, at the end, and what is quoted."""

    greetings: tuple[str, ...]
    stories: tuple[str, ...]
    thanks: tuple[str, ...]
    ends: tuple[str, ...]
    quotes: tuple[str, ...] = ("",)


VOICES = (
    Voice(
        ("Dear Sir or Madam,", "Dear team,", "Good morning,"),
        ("I placed my first order with you in March.", "We have been customers of yours for three years.", ""),
        ("Thank you very much in advance.", "I look forward to hearing from you.", ""),
        ("Kind regards,\nDr. Helen Marsh\nMarsh & Partners\nTel. +44 20 7946 0123", "Yours sincerely\nPeter Fox"),
        ("", "\n\nOn Tue, 4 Feb 2025 at 09:31, Shop <a@shop.example> wrote:\n> It has left.\n> Returns are free."),
    ),
    Voice(
        ("hi", "Hey there!", "hello guys", "Hi,"),
        ("my sister told me about your page and I love it.", "we talked on the phone about something else.", ""),
        ("thx!", "Cheers :)", "Have a great weekend!"),
        ("Tom", "Sent from my iPhone", "xx Lena"),
    ),
    Voice(
        ("Hello,", "Good evening,"),
        (
            "I am writing for my mother, who is 84 and does not use computers. She was at your place on Friday.",
            "It has been quite a week: we moved house, and half of our boxes are still closed.",
        ),
        ("Please let me know.", "Any help is appreciated.", "Many thanks for your help!"),
        ("Best,\nMarta Nowak\n--\nMarta Nowak | Studio Nowak | www.nowak.example\nThis e-mail is confidential.",),
        ("", "\n\n-----Original Message-----\nFrom: Shop <shop@shop.example>\n> Thank you for your message."),
    ),
    Voice(
        ("Guten Tag,", "Sehr geehrte Damen und Herren,"),
        ("sorry for my English.", "I write from Austria."),
        ("Vielen Dank im Voraus!", "Danke."),
        ("Mit freundlichen Grüßen\nJürgen Weiß", "Viele Grüße\nAnke\n\nVon meinem iPhone gesendet"),
        ("", "\n\nAm 03.03.2025 um 10:12 schrieb Shop <info@shop.example>:\n> Ihre Bestellung ist unterwegs."),
    ),
)  # fmt: skip


def letter(question: str, chance: random.Random) -> str:
    voice = chance.choice(VOICES)
    asked = question[:1].upper() + question[1:]
    if asked[-1:] not in ".?!":
        asked += chance.choice([".", "?"])
    body = " ".join(part for part in (chance.choice(voice.stories), asked, chance.choice(voice.thanks)) if part)
    return f"{chance.choice(voice.greetings)}\n\n{body}\n\n{chance.choice(voice.ends)}{chance.choice(voice.quotes)}"
