"""The customer's own words: what is cut in which language, and above all what is not."""

# ruff: noqa: E501, RUF001 - mails as they are, in all scripts

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.connector import Span, SpanKind, Text
from connectors.email.html_text import read_html
from connectors.email.lines import Ranges
from connectors.email.visible import visible

REPLY = "Yes, please send two of them."
QUOTE = "Good day,\nhow many do you need?\n\nYour shop"
MARKED = "\n".join(f"> {line}".rstrip() for line in QUOTE.split("\n"))


def seen(text: str, *, answer: bool = True) -> str:
    return visible(Text(text), answer=answer).plain


def seen_html(html: str) -> str:
    read = read_html(html)
    return visible(read.text, Ranges.of(read.quoted), Ranges.of(read.signed)).plain


# One row an attribution: Gmail, Apple Mail, Outlook for phones, Thunderbird, Yahoo, web mailers.
ATTRIBUTIONS = [
    # en
    "On Mon, Jan 5, 2026 at 9:14 AM Shop Example <info@shop.example> wrote:",
    "On Mon, 5 Jan 2026 at 09:14, Shop Example <info@shop.example> wrote:",
    "On 5 Jan 2026, at 09:14, Shop Example <info@shop.example> wrote:",
    "On 1/5/26 9:14 AM, Shop Example wrote:",
    "On Monday, January 5, 2026 at 09:14:22 AM GMT+1, Shop Example <info@shop.example> wrote:",
    "Shop Example <info@shop.example> wrote:",
    "---- On Mon, 05 Jan 2026 09:14:22 +0100 info@shop.example wrote ----",
    '"Shop Example" <info@shop.example> wrote on 05/01/2026 09:14:22 AM:',
    "2026-01-05 9:14 GMT+01:00 Shop Example <info@shop.example>:",
    # de
    "Am Mo., 5. Jan. 2026 um 09:14 Uhr schrieb Shop Example <info@shop.example>:",
    "Am 05.01.2026 um 09:14 schrieb Shop Example:",
    'Am 05.01.26, 09:14 schrieb "Shop Example" <info@shop.example>:',
    "Shop Example <info@shop.example> schrieb am Mo., 5. Jan. 2026, 09:14:",
    # fr
    "Le lun. 5 janv. 2026 à 09:14, Shop Example <info@shop.example> a écrit :",
    "Le 05/01/2026 à 09:14, Shop Example a écrit :",
    "Le 5 janv. 2026 à 09:14, Shop Example <info@shop.example> a écrit\u00a0:",
    # es
    "El lun, 5 ene 2026 a las 9:14, Shop Example (<info@shop.example>) escribió:",
    "El 05/01/2026 a las 09:14, Shop Example escribió:",
    # it
    "Il giorno lun 5 gen 2026 alle ore 09:14 Shop Example <info@shop.example> ha scritto:",
    "Il 05/01/2026 09:14, Shop Example ha scritto:",
    "Il lunedì 5 gennaio 2026 09:14:22 CET, Shop Example <info@shop.example> ha scritto:",
    # pt
    "Em seg., 5 de jan. de 2026 às 09:14, Shop Example <info@shop.example> escreveu:",
    "Em 05/01/2026 09:14, Shop Example escreveu:",
    "Shop Example <info@shop.example> escreveu (segunda, 5/01/2026 à(s) 09:14):",
    # nl
    "Op ma 5 jan 2026 om 09:14 schreef Shop Example <info@shop.example>:",
    "Op 05-01-2026 om 09:14 schreef Shop Example:",
    "Op 5 jan. 2026, om 09:14 heeft Shop Example <info@shop.example> het volgende geschreven:",
    # sv
    "Den mån 5 jan. 2026 kl 09:14 skrev Shop Example <info@shop.example>:",
    "Den 2026-01-05 kl. 09:14, skrev Shop Example:",
    "5 jan. 2026 kl. 09:14 skrev Shop Example <info@shop.example>:",
    # da
    "Den man. 5. jan. 2026 kl. 09.14 skrev Shop Example <info@shop.example>:",
    "Den 05.01.2026 kl. 09.14 skrev Shop Example:",
    # no
    "man. 5. jan. 2026 kl. 09:14 skrev Shop Example <info@shop.example>:",
    "Den 05.01.2026 09:14, skrev Shop Example:",
    # fi
    "ma 5. tammik. 2026 klo 9.14 Shop Example (info@shop.example) kirjoitti:",
    "Shop Example kirjoitti 5.1.2026 klo 9.14:",
    # pl
    "pon., 5 sty 2026 o 09:14 Shop Example <info@shop.example> napisał(a):",
    "W dniu 05.01.2026 o 09:14, Shop Example pisze:",
    "Wiadomość napisana przez Shop Example <info@shop.example> w dniu 05.01.2026, o godz. 09:14:",
    # cs
    "po 5. 1. 2026 v 9:14 odesílatel Shop Example <info@shop.example> napsal:",
    "Dne 05. 01. 26 v 9:14 Shop Example napsal(a):",
    # ru
    "пн, 5 янв. 2026 г. в 09:14, Shop Example <info@shop.example>:",
    "5 января 2026 г., в 09:14, Shop Example <info@shop.example> написал(а):",
    "05.01.2026 9:14, Shop Example пишет:",
    "Понедельник, 5 января 2026, 9:14 +03:00 от Shop Example <info@shop.example>:",
    '05.01.2026, 09:14, "Shop Example" <info@shop.example>:',
    # uk
    "пн, 5 січ. 2026 р. о 09:14 Shop Example <info@shop.example> пише:",
    "05.01.26 09:14, Shop Example пише:",
    # zh
    "Shop Example <info@shop.example> 于2026年1月5日周一 09:14写道：",
    "在 2026年1月5日，09:14，Shop Example <info@shop.example> 写道：",
    "Shop Example <info@shop.example> 於 2026年1月5日 週一 上午9:14寫道：",
    '在 2026-01-05 09:14:22，"Shop Example" <info@shop.example> 写道：',
    # ja
    "2026年1月5日(月) 9:14 Shop Example <info@shop.example>:",
    "2026/01/05 9:14、Shop Example <info@shop.example>のメール:",
    "On 2026/01/05 9:14, Shop Example wrote:",
    # tr
    "Shop Example <info@shop.example>, 5 Oca 2026 Pzt, 09:14 tarihinde şunu yazdı:",
    "5.01.2026 09:14 tarihinde Shop Example yazdı:",
    # languages that have no table of their own tests, by date, time and address
    "2026. jan. 5., H 9:14 dátummal Shop Example <info@shop.example> ezt írta:",
    "În lun., 5 ian. 2026 la 09:14, Shop Example <info@shop.example> a scris:",
    "Στις Δευ 5 Ιαν 2026 στις 9:14 π.μ., ο Shop Example <info@shop.example> έγραψε:",
    "2026년 1월 5일 (월) 오전 9:14, Shop Example <info@shop.example>님이 작성:",
    "Vào Th 2, 5 thg 1, 2026 vào lúc 09:14 Shop Example <info@shop.example> đã viết:",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_a_quote_below_an_attribution_goes(attribution: str) -> None:
    assert seen(f"{REPLY}\n\n{attribution}\n\n{MARKED}\n") == REPLY


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_it_goes_without_its_marks_too(attribution: str) -> None:
    assert seen(f"{REPLY}\n\n{attribution}\n\n{QUOTE}\n") == REPLY


@pytest.mark.parametrize("attribution", [one for one in ATTRIBUTIONS if "<info@" in one and " " in one.strip()])
def test_it_goes_when_the_attribution_is_wrapped(attribution: str) -> None:
    at = attribution.index("<info@")
    wrapped = (
        f"{attribution[:at].rstrip()}\n{attribution[at:]}"
        if at
        else f"{attribution[: at + 18]}\n{attribution[at + 18 :]}"
    )
    if at > 12:
        assert seen(f"{REPLY}\n\n{wrapped}\n\n{MARKED}\n") == REPLY


SEPARATORS = [
    "-----Original Message-----",
    "-------- Original message --------",
    "-----Ursprüngliche Nachricht-----",
    "-------- Original-Nachricht --------",
    "-----Message d'origine-----",
    "-------- Message d’origine --------",
    "-----Mensaje original-----",
    "-----Messaggio originale-----",
    "-----Mensagem original-----",
    "-----Oorspronkelijk bericht-----",
    "-----Ursprungligt meddelande-----",
    "-----Oprindelig meddelelse-----",
    "-----Opprinnelig melding-----",
    "-----Alkuperäinen viesti-----",
    "-----Wiadomość oryginalna-----",
    "-----Původní zpráva-----",
    "-----Исходное сообщение-----",
    "-----Оригінальне повідомлення-----",
    "------------------ 原始邮件 ------------------",
    "-----元のメッセージ-----",
    "-----Orijinal Mesaj-----",
    "##- Please type your reply above this line -##",
    "--- Bitte antworten Sie oberhalb dieser Linie ---",
]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_quote_below_a_separator_goes(separator: str) -> None:
    assert seen(f"{REPLY}\n\n{separator}\n\n{QUOTE}\n") == REPLY


BLOCKS = [
    ("From", "Sent", "To", "Subject"),
    ("Von", "Gesendet", "An", "Betreff"),
    ("De ", "Envoyé ", "À ", "Objet "),
    ("De", "Enviado el", "Para", "Asunto"),
    ("Da", "Inviato", "A", "Oggetto"),
    ("De", "Enviada em", "Para", "Assunto"),
    ("Van", "Verzonden", "Aan", "Onderwerp"),
    ("Från", "Skickat", "Till", "Ämne"),
    ("Fra", "Sendt", "Til", "Emne"),
    ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    ("Od", "Wysłano", "Do", "Temat"),
    ("Od", "Odesláno", "Komu", "Předmět"),
    ("От", "Отправлено", "Кому", "Тема"),
    ("Від", "Надіслано", "Кому", "Тема"),
    ("发件人", "发送时间", "收件人", "主题"),
    ("寄件者", "寄件日期", "收件者", "主旨"),
    ("差出人", "送信日時", "宛先", "件名"),
    ("Kimden", "Gönderildi", "Kime", "Konu"),
]
VALUES = ("Shop Example", "5 January 2026 09:14", "Anna Example", "Your order")


@pytest.mark.parametrize("names", BLOCKS, ids=[one[0] for one in BLOCKS])
@pytest.mark.parametrize("shape", ["{0}: {1}", "*{0}:* {1}", "{0}：{1}", "{0}:\t{1}"])
@pytest.mark.parametrize("rule", ["", "________________________________\n", "-----\n\n"])
def test_a_quote_below_a_block_of_fields_goes(names: tuple[str, ...], shape: str, rule: str) -> None:
    block = "\n".join(shape.format(name, value) for name, value in zip(names, VALUES, strict=True))
    assert seen(f"{REPLY}\n\n{rule}{block}\n\n{QUOTE}\n") == REPLY


def test_a_block_in_another_order_and_wrapped() -> None:
    block = 'Gesendet: Montag, 5. Januar 2026 um 09:14 Uhr\nVon: "Shop" <info@shop.example>\nAn: a@x.example;\n b@x.example\nBetreff: x'
    assert seen(f"{REPLY}\n\n{block}\n\n{QUOTE}") == REPLY
    assert (
        seen(f"{REPLY}\n\nFrom: Shop <info@shop.example> Sent: 5 Jan 2026 To: Anna Subject: Order\n\n{QUOTE}") == REPLY
    )


SENT_FROM = [
    "Sent from my iPhone",
    "Sent from my Samsung Galaxy smartphone.",
    "Sent from Yahoo Mail on Android",
    "Sent from Outlook for iOS<https://aka.ms/o0ukef>",
    "Get Outlook for Android<https://aka.ms/AAb9ysg>",
    "Von meinem iPhone gesendet",
    "Gesendet von Outlook für Android",
    "Diese Nachricht wurde von meinem Android-Mobiltelefon mit GMX Mail gesendet.",
    "Envoyé de mon iPhone",
    "Envoyé depuis mon appareil Galaxy",
    "Télécharger Outlook pour iOS<https://aka.ms/o0ukef>",
    "Enviado desde mi iPhone",
    "Enviado desde Correo para Windows",
    "Inviato da iPhone",
    "Inviato dal mio telefono Huawei",
    "Enviado do meu iPhone",
    "Verzonden vanaf mijn iPhone",
    "Verstuurd vanaf mijn iPad",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
    "Lähetetty iPhonesta",
    "Lähetetty Outlookin iOS-versiosta",
    "Wysłane z iPhone'a",
    "Wysłane z mojego telefonu",
    "Odesláno z iPhonu",
    "Odesláno z mého telefonu",
    "Отправлено с iPhone",
    "Отправлено из мобильной Яндекс Почты",
    "Надіслано з iPhone",
    "发自我的iPhone",
    "發自我的 iPhone",
    "iPhoneから送信",
    "iPhone'umdan gönderildi",
]


@pytest.mark.parametrize("line", SENT_FROM)
def test_a_phones_line_goes(line: str) -> None:
    assert seen(f"{REPLY}\n\n{line}\n") == REPLY
    assert seen(f"{REPLY}\n\n{line}\n\nOn 5 Jan 2026, at 09:14, Shop <info@shop.example> wrote:\n\n{MARKED}") == REPLY
    assert seen(f"{line}\n\n{REPLY}\n") == REPLY


DISCLAIMERS = {
    "en": "This e-mail and any files with it are confidential and intended solely for the person to whom they are "
    "addressed. If you have received it in error, please notify the sender and delete it.",
    "de": "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind oder sie "
    "irrtümlich erhalten haben, informieren Sie bitte den Absender und löschen Sie sie.",
    "fr": "Ce message est confidentiel et destiné à l'usage exclusif de son destinataire. Si vous l'avez reçu par "
    "erreur, merci d'en avertir l'expéditeur et de le supprimer.",
    "es": "Este mensaje es confidencial y va dirigido exclusivamente a su destinatario. Si lo ha recibido por error, "
    "le rogamos que lo elimine y lo comunique al remitente.",
    "it": "Questo messaggio contiene informazioni riservate al destinatario. Chi lo riceve per errore è pregato di "
    "cancellarlo e di avvisare il mittente.",
    "pt": "Esta mensagem é confidencial e destina-se apenas ao seu destinatário. Se a recebeu por engano, por favor "
    "apague-a e informe o remetente.",
    "nl": "Dit bericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde. Als u het ten onrechte hebt "
    "ontvangen, wilt u het dan verwijderen en de afzender op de hoogte stellen?",
    "sv": "Detta meddelande är konfidentiellt och endast avsett för mottagaren. Har du fått det av misstag, radera "
    "det och meddela avsändaren.",
    "da": "Denne e-mail er fortrolig og kun beregnet for modtageren. Har du modtaget den ved en fejl, bedes du slette "
    "den og underrette afsenderen.",
    "no": "Denne e-posten er konfidensiell og kun ment for mottakeren. Har du mottatt den ved en feil, vennligst slett "
    "den og gi beskjed til avsender.",
    "fi": "Tämä viesti on luottamuksellinen ja tarkoitettu vain vastaanottajalle. Jos olet saanut sen vahingossa, "
    "ilmoita lähettäjälle ja poista viesti.",
    "pl": "Ta wiadomość jest poufna i przeznaczona wyłącznie dla adresata. Jeśli otrzymali ją Państwo omyłkowo, prosimy "
    "powiadomić nadawcę i usunąć wiadomość.",
    "cs": "Tato zpráva je důvěrná a je určena pouze adresátovi. Pokud jste ji obdrželi omylem, informujte prosím "
    "odesílatele a zprávu smažte.",
    "ru": "Это сообщение является конфиденциальным и предназначено только для адресата. Если вы получили его по "
    "ошибке, сообщите об этом отправителю и удалите его.",
    "uk": "Це повідомлення є конфіденційним і призначене лише для адресата. Якщо ви отримали його помилково, "
    "повідомте відправника та видаліть його.",
    "zh": "本邮件及其附件属于机密信息，仅供指定收件人使用。如果您误收了本邮件，请立即通知发件人并删除本邮件，不得复制、披露或使用其中的任何内容。谢谢您的配合与理解。",
    "ja": "このメールには機密情報が含まれている場合があり、宛先の方のみを対象としています。誤ってこのメールを受信された場合は、送信者にご連絡のうえ、削除してください。",
    "tr": "Bu e-posta gizlidir ve yalnızca alıcısı için gönderilmiştir. Yanlışlıkla size ulaştıysa lütfen göndericiye "
    "bildiriniz ve mesajı siliniz.",
}


@pytest.mark.parametrize("language", DISCLAIMERS)
@pytest.mark.parametrize("above", ["\n\n", "\n\n________\n", "\n\nDISCLAIMER\n\n"])
def test_a_notice_of_confidentiality_goes(language: str, above: str) -> None:
    assert seen(f"{REPLY}\n\nAnna{above}{DISCLAIMERS[language]}\n") == f"{REPLY}\n\nAnna"


def test_other_footers_go() -> None:
    rule = "_" * 47
    assert seen(f"{REPLY}\n\n{rule}\nusers mailing list\nusers@list.example\nhttp://list.example/users\n") == REPLY
    assert seen(f"{REPLY}\n\nPlease consider the environment before printing this e-mail.\n") == REPLY
    assert seen(f"{REPLY}\n-- \nAnna Example\nHead of Things\n+49 30 1234567\n") == REPLY
    assert seen(f"{REPLY}\n--\nAnna Example\n\n{ATTRIBUTIONS[0]}\n{MARKED}\n") == REPLY
    assert seen(f"{REPLY}\n\n{ATTRIBUTIONS[0]}\n{MARKED}\n\n-- \nAnna Example\n") == REPLY


FORWARDED = [
    "---------- Forwarded message ---------",
    "Begin forwarded message:",
    "---------- Weitergeleitete Nachricht ----------",
    "Anfang der weitergeleiteten Nachricht:",
    "---------- Message transféré ----------",
    "Début du message transféré :",
    "---------- Mensaje reenviado ----------",
    "---------- Messaggio inoltrato ----------",
    "---------- Mensagem encaminhada ----------",
    "---------- Doorgestuurd bericht ----------",
    "---------- Vidarebefordrat meddelande ----------",
    "---------- Videresendt meddelelse ----------",
    "---------- Videresendt melding ----------",
    "---------- Välitetty viesti ----------",
    "---------- Przekazana wiadomość ----------",
    "---------- Přeposlaná zpráva ----------",
    "-------- Пересылаемое сообщение --------",
    "-------- Переслане повідомлення --------",
    "---------- 转发的邮件 ----------",
    "---------- 転送メッセージ ----------",
    "---------- İletilmiş mesaj ----------",
]


@pytest.mark.parametrize("separator", FORWARDED)
def test_a_mail_that_is_passed_on_is_content(separator: str) -> None:
    mail = f"See this.\n\n{separator}\nFrom: Bob <bob@there.example>\nDate: 5 Jan 2026 09:14\nSubject: x\nTo: Anna\n\nI owe you 5."
    assert seen(mail) == mail


def test_below_a_block_of_fields_stands_content_where_nothing_is_answered() -> None:
    mail = f"See this.\n\nFrom: Bob <bob@there.example>\nSent: 5 Jan 2026 09:14\nTo: Anna\nSubject: x\n\n{QUOTE}"
    assert seen(mail, answer=False) == mail
    assert seen(mail) == "See this."


# Words of customers that look like something else. Nothing of them may be cut.
HANDS_OFF = [
    "On Monday I wrote to you: no answer came.",
    "On Monday, 5 January 2026 at 9:00 I wrote:\nplease call me.\n\nNobody called.",
    "Le 5 janvier j'ai écrit :\nrappelez-moi.\n\nPersonne ne l'a fait.",
    "Please send the invoice of 5.1.2026 to anna@there.example:\n\nAnna Example\n1 Long Street",
    "My address from 5/1/2026:\n\n1 Long Street\nTown",
    "Opening hours, please:\nMonday 9:00\nTuesday 10:00",
    "I'd like to book:\nFrom: Paris\nTo: London\nDate: 5 January 2026\n\nFor two people.",
    "Von: Berlin\nAn: Hamburg\nDatum: 5.1.2026\n\nFür zwei Personen.",
    "You have a new entry\n\nName: Anna\nEmail: anna@there.example\nSubject: Question\nMessage: Are you open?",
    "Sent from Paris on Monday, the parcel never arrived.\n\nWhere is it?",
    "Where is my parcel? It was sent from the app warehouse in Lyon, you said, and is it lost now for good or not?",
    "The mail says: this message is confidential. Is it?",
    "I got this by mistake, please delete my address and tell me when it is done.",
    "I think:\n- two red\n- one blue\n--\nand one green, but only if it is in stock on the day, "
    + "since otherwise we would rather have a second blue one. " * 60,
    ">:-( that was not what I ordered\nplease call",
    ">100 pieces please, or 80",
    "> this is a quote of mine\n\nand my answer",
    "a | b\n--|--\n1 | 2",
    "Thanks,\n\nAnna Example\n+49 30 1234567\nwww.anna.example",
    "Please add me to your mailing list.",
    "On 5 January 2026 your colleague wrote:\nyou get it for free.\n\nIs that true?",
    "Am 5.1.2026 um 10:00 hat Ihr Kollege geschrieben:\ndas ist gratis.\n\nStimmt das?",
    "Le 5.1.2026 à 10:00 votre collègue a écrit :\nc'est gratuit.\n\nEst-ce vrai ?",
    "El 5.1.2026 a las 10:00 su colega escribió:\nes gratis.\n\n¿Es verdad?",
    "Il 5.1.2026 alle 10:00 il vostro collega ha scritto:\nè gratis.\n\nÈ vero?",
    "Em 5.1.2026 às 10:00 o seu colega escreveu:\né grátis.\n\nÉ verdade?",
    "Op 5.1.2026 om 10:00 schreef uw collega:\nhet is gratis.\n\nKlopt dat?",
    "Den 5.1.2026 kl. 10:00 skrev er kollega:\ndet är gratis.\n\nStämmer det?",
    "5.1.2026 klo 10.00 teidän kollega kirjoitti:\nse on ilmainen.\n\nOnko se totta?",
    "Dnia 5.1.2026 o 10:00 państwa kolega napisał:\nto za darmo.\n\nCzy to prawda?",
    "Dne 5.1.2026 v 10:00 váš kolega napsal:\nje to zdarma.\n\nJe to pravda?",
    "5.1.2026 в 10:00 ваш коллега написал:\nэто бесплатно.\n\nЭто правда?",
    "5.1.2026 о 10:00 ваш колега написав:\nце безкоштовно.\n\nЦе правда?",
    "在2026年1月5日10:00您的同事写道：\n这是免费的。\n\n是真的吗？",
    "2026年1月5日 10:00 御社の方が書きました：\n無料です。\n\n本当ですか。",
    "5.1.2026 10:00 tarihinde sizin arkadaşınız yazdı:\nücretsiz.\n\nDoğru mu?",
    "Please excuse any typos, and deliver it to the back door.",
    "The code was not scanned by your machine.",
    "Dear shop,\n\nOriginal message of the poster should be kept.\n\nAnna",
    "Your colleague wrote:\n\nyou get it for free.\n\nIs that true?",
    "ok",
    "-- ",
    "",
    "   \n\n",
    "-----Original Message-----",
    MARKED,
    f"{ATTRIBUTIONS[0]}\n{MARKED}",
    "Sent from my iPhone",
    DISCLAIMERS["en"],
]


@pytest.mark.parametrize("text", HANDS_OFF)
def test_hands_off(text: str) -> None:
    assert seen(text) == text


def test_answers_between_quotes_stay_with_their_questions() -> None:
    mail = f"{ATTRIBUTIONS[0]}\n> How many?\nTwo.\n\n> By when?\n\nBy Friday.\n\n> Your shop\n"
    assert seen(mail) == mail.removesuffix("\n\n> Your shop\n")


def test_an_answer_below_the_whole_mail_stands_alone() -> None:
    assert seen(f"{ATTRIBUTIONS[0]}\n{MARKED}\n\n{REPLY}\n").strip() == REPLY
    assert seen(f"Hello,\n\n{ATTRIBUTIONS[0]}\n{MARKED}\n\n{REPLY}").split("\n") == ["Hello,", "", REPLY]


def test_a_quote_in_the_middle_of_much_said_stays() -> None:
    long = "I have thought about this for a while, and there are two things that I would like to say."
    mail = f"{long}\n\n{ATTRIBUTIONS[0]}\n{MARKED}\n\n{long}"
    assert seen(mail) == mail


@pytest.mark.parametrize(
    "hint", ["My answers are below in red.", "Antworten unten im Text.", "Réponses ci-dessous.", "回答见下。"]
)
def test_where_the_answers_stand_in_the_quote_all_stays(hint: str) -> None:
    mail = (
        f"{hint}\n\nFrom: Shop <info@shop.example>\nSent: 5 Jan 2026 09:14\nTo: Anna\nSubject: x\n\n{QUOTE} TWO OF THEM"
    )
    assert seen(mail) == mail


def test_a_quoted_line_that_was_wrapped_is_a_quote() -> None:
    long = "> this is a long line of the mail that is answered, so long that a program broke it"
    assert seen(f"{REPLY}\n\n{ATTRIBUTIONS[0]}\n{long}\nin two\n> and went on\n") == REPLY


def test_an_address_that_was_wrapped_is_no_quote() -> None:
    assert seen(f"{REPLY}\n\nOn Mon, Jan 5, 2026 at 9:14 AM Shop <info@shop.example\n> wrote:\n\n{MARKED}") == REPLY


def test_quotes_behind_bars() -> None:
    assert seen(f"{REPLY}\n\n{ATTRIBUTIONS[0]}\n| one\n| two\n|\n| three") == REPLY


HTML = [
    (
        '<div dir="ltr">{0}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Monday <a>x</a> wrote:<br>'
        '</div><blockquote class="gmail_quote" style="x"><p>{1}</p></blockquote></div>'
    ),
    '<div>{0}</div><div><br><blockquote type="cite"><div>{1}</div></blockquote></div>',
    '<p>{0}</p><div class="moz-cite-prefix">Shop:<br></div><blockquote type="cite" cite="mid:x"><p>{1}</p></blockquote>',
    '<p>{0}</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> x</div><p>{1}</p>',
    '<p>{0}</p><hr><div id="divRplyFwdMsg"><b>Van:</b> Shop<br></div><div><p>{1}</p></div>',
    '<div>{0}</div><div id="ydp1yahoo_quoted_1" class="yahoo_quoted"><div>x wrote</div><p>{1}</p></div>',
    '<div>{0}</div><div class="protonmail_quote">x<blockquote class="protonmail_quote" type="cite">{1}</blockquote></div>',
    '<div>{0}</div><div id="mail-editor-reference-message-container"><p>{1}</p></div>',
    '<div>{0}</div><div class="gmail_signature">Anna<br>Head of Things</div>',
    (
        '<div>{0}</div><div style="border-top:solid #E1E1E1 1.0pt"><b>From:</b> S &lt;s@x.example&gt;<br><b>Sent:</b> 5 Jan 2026 '
        "09:14<br><b>To:</b> Anna<br><b>Subject:</b> x</div><p>{1}</p>"
    ),
]


@pytest.mark.parametrize("html", HTML)
def test_the_structure_of_html_tells(html: str) -> None:
    assert seen_html(html.format(REPLY, "how many do you need?")) == REPLY


def test_indented_words_in_html_are_no_quote() -> None:
    html = f'<p>My order:</p><blockquote style="margin:0 0 0 40px;border:none;padding:0px">{REPLY}</blockquote>'
    assert REPLY in seen_html(html)


def test_words_below_a_quote_in_its_holder_stay() -> None:
    html = f'<div class="gmail_quote">x wrote:<blockquote class="gmail_quote">how many?</blockquote><div>{REPLY}</div></div>'
    assert seen_html(html).strip() == REPLY


def test_a_mail_that_gmail_passes_on_is_content() -> None:
    html = f'<div>See.</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------</div>{REPLY}</div>'
    assert REPLY in seen_html(html)


def test_spans_move_with_their_words() -> None:
    text = Text(f"{ATTRIBUTIONS[0]}\n{MARKED}\n\nyes **please**", (Span(start=0, end=4, kind=SpanKind.BOLD),))
    start = len(text.plain) - len("**please**")
    text = Text(text.plain, (*text.spans, Span(start=start, end=len(text.plain), kind=SpanKind.BOLD)))
    shown = visible(text)
    [span] = shown.spans
    assert shown.plain[span.start : span.end] == "**please**"


PIECES = st.sampled_from(
    [REPLY, "", "> a", ">> b", "-- ", *ATTRIBUTIONS[:12], *SEPARATORS[:4], *SENT_FROM[:3], "From: a@b.example", "Sent: 9:14",
     "To: b", "Subject: c", DISCLAIMERS["de"], *FORWARDED[:2], "On", "wrote:", "________", "| x", "\u200b", "\x85"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=40), max_size=30))
def test_what_is_visible_is_made_of_lines_of_the_text(pieces: list[str]) -> None:
    text = Text("\n".join(pieces))
    shown = visible(text).plain
    left = iter(text.plain.split("\n"))
    assert all(line in left for line in shown.split("\n")), "a line that is not there, or in another order"
    assert shown.strip() or not text.plain.strip()


HOSTILE: dict[str, Callable[[int], str]] = {
    "on on on": lambda size: "On " * size,
    "on on on, a line each": lambda size: "On\n" * size,
    "attributions": lambda size: (ATTRIBUTIONS[0] + "\n") * (size // 20),
    "halves of attributions": lambda size: "On Mon, Jan 5, 2026 at 9:14 AM Shop\n" * (size // 10),
    "nested quotes": lambda size: "\n".join(">" * (number % 200) + " x" for number in range(size // 30)),
    "blank lines": lambda size: "\n" * size,
    "blanks": lambda size: " " * size * 3,
    "colons": lambda size: "from:" * size,
    "blocks": lambda size: "From: a@b.example\nTo: x\n" * (size // 8),
    "answers to each line": lambda size: "> a\nb\n" * (size // 2),
    "dashes": lambda size: "--\n" * size,
    "rules": lambda size: ("-" * 50 + "\n") * (size // 16),
    "addresses": lambda size: "a@b" * size,
    "almost addresses": lambda size: "a" * size * 2 + "@",
    "disclaimers": lambda size: (DISCLAIMERS["en"] + "\n\n") * (size // 70),
    "accents": lambda size: "é\u0301" * size,
    "brackets": lambda size: "<" * size + ">" * size,
    "sent from": lambda size: "sent from my " * size,
    "numbers": lambda size: "1.1.1" * size,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_is_linear(name: str) -> None:
    def seconds(size: int) -> float:
        text = Text(HOSTILE[name](size))
        started = time.process_time()
        visible(text)
        return time.process_time() - started

    small, large = min(seconds(10_000) for _ in range(3)), min(seconds(20_000) for _ in range(3))
    assert large < 1
    assert large < 2.2 * small + 0.02
    assert seconds(100_000) < 1.5


def test_a_text_past_the_bounds_loses_nothing_but_a_sure_quote() -> None:
    words = "word " * 30 + "\n"
    assert seen(words * 5000).count("\n") == 5000
    for between in ("\n" * 6000, "> quoted\n" * 6000, "-- \n" * 6000):
        assert seen(f"{REPLY}\n{between}{REPLY}").endswith(REPLY)
    assert seen(f"{REPLY}\n\n{ATTRIBUTIONS[0]}\n" + words * 9000) == REPLY
