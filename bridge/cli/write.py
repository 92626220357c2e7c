"""`inbox-bridge write`: be a customer of the demo. One mail to its listener; the answer is read from its Maildir."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.demo_folder import CUSTOMER, FOLDER, MAILDIR, PORT, SHOP
from bridge.cli.mailbox_watch import answers, thread_of, wait_for_answer
from bridge.cli.output import fail


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("write")(write)


def write(
    text: Annotated[str, typer.Argument(help="What the customer writes.")],
    *,
    sender: Annotated[str, typer.Option("--from", help="The customer's address.")] = CUSTOMER,
    subject: Annotated[str, typer.Option(help="Without one, the beginning of the text.")] = "",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The demo's port.")] = PORT,
    folder: Annotated[Path, typer.Option(help="The demo's folder.")] = FOLDER,
    wait: Annotated[float, typer.Option(min=0, help="Wait so many seconds for the answer, and print it.")] = 0,
    reply: Annotated[bool, typer.Option("--reply", help="Answer the newest answer in the demo's Maildir.")] = False,
) -> None:
    """Write to the demo as a customer.

    Exit code 1 if the mail is not taken, or no answer comes in time.
    """
    maildir = folder / MAILDIR
    mail = _mail(text, sender, subject or _subject(text))
    if reply:
        _make_reply(mail, maildir, sender, own_subject=subject)
    _send(mail, port)
    typer.echo(f"sent: {mail['Subject']}")
    if wait:
        _print_answer(maildir, sender, str(mail["Message-ID"]), wait)


def _subject(text: str) -> str:
    words = text.split()
    return " ".join(words) if len(words) <= 3 else " ".join([*words[:3], "…"])


def _mail(text: str, sender: str, subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, SHOP, subject
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or "example.org")
    mail.set_content(text)
    return mail


def _make_reply(mail: EmailMessage, maildir: Path, sender: str, *, own_subject: str) -> None:
    received = answers(maildir, sender)
    if not received:
        fail(f"there is no answer to {sender} in {maildir} yet")
    newest = received[-1]
    mail["In-Reply-To"] = newest["Message-ID"]
    mail["References"] = " ".join(thread_of(newest))
    if newest["Reply-To"]:
        mail.replace_header("To", str(newest["Reply-To"]))
    if not own_subject:
        mail.replace_header("Subject", f"Re: {str(newest['Subject'] or '').removeprefix('Re: ')}")


def _send(mail: EmailMessage, port: int) -> None:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as server:
            server.send_message(mail)
    except ConnectionRefusedError:
        fail(f"nobody takes mail on port {port}; start the demo first, in another terminal: inbox-bridge demo")
    except smtplib.SMTPResponseException as error:
        words = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        fail(f"the demo refused the mail: {error.smtp_code} {words}")
    except (smtplib.SMTPException, OSError, ValueError) as error:
        fail(f"the mail could not be sent: {error}")


def _print_answer(maildir: Path, sender: str, message_id: str, seconds: float) -> None:
    for answer in wait_for_answer(maildir, sender, message_id, seconds):
        body = answer.get_body(("plain",))
        typer.echo(f"\n{answer['From']}: {answer['Subject']}\n\n{body.get_content() if body else ''}")
        if not answer["Auto-Submitted"]:
            return
    fail(f"no answer came within {seconds:g} seconds")
