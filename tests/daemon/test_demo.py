"""`inbox-bridge demo`, as somebody who tries the bridge would: mail in, the answer typed, a crash in between."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from daemon.process import ROOT, Running, call, free_port, start, start_program, until_listening

pytestmark = pytest.mark.servers

SHOP = "shop@flowers.example"


def demo(folder: Path, port: int) -> Running:
    running = start("demo", "--folder", str(folder), "--port", str(port), cwd=folder.parent)
    running.out.wait_for("You are Anna")
    until_listening(port, running)
    return running


def swaks(port: int, body: str) -> None:
    command = ["swaks", "--server", f"127.0.0.1:{port}", "--from", "bob@example.net", "--to", SHOP]
    subprocess.run(
        [*command, "--header", "Subject: Roses", "--body", body], check=True, capture_output=True, timeout=20
    )


def answers(folder: Path) -> list[EmailMessage]:
    files = sorted((folder / "outgoing" / "new").glob("*"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def wait_for_answers(folder: Path, count: int) -> list[EmailMessage]:
    end = time.monotonic() + 20
    while len(answers(folder)) < count and time.monotonic() < end:
        time.sleep(0.02)
    return answers(folder)


@pytest.mark.skipif(shutil.which("swaks") is None, reason="swaks is not installed")
def test_mail_in_answer_out_crash_and_end(tmp_path: Path) -> None:
    folder, port = tmp_path / "demo", free_port()
    with demo(folder, port) as first:
        swaks(port, "Do you have roses?")
        first.out.wait_for(r"^#1 bob@example\.net \(email\): Roses$")
        first.out.wait_for("^Do you have roses[?]$")
        wrote = call("write", "--folder", str(folder), "--port", str(port), "Any tulips?", cwd=tmp_path)
        assert wrote.returncode == 0, wrote.stderr
        first.out.wait_for(r"^#2 carla@example\.org \(email\): Any tulips")
        first.type("#1 Yes, five euros a bunch.")
        first.out.wait_for(r"^-> #1 bob@example\.net, email \(undo within 5 s\)$")
        first.kill()  # while the answer can still be taken back

    assert answers(folder) == []
    with demo(folder, port) as second:
        second.type("#2 Tulips as well.")
        (to_bob,) = wait_for_answers(folder, 1)
        second.end_of_input()  # while the second answer can still be taken back
        assert second.wait(15) == 0, second.log.text
        said = second.out.wait_for_end()

    sent = {str(mail["To"]): mail for mail in answers(folder)}
    assert len(answers(folder)) == 2
    assert said.count("sent: #1") == 1
    assert said.count("sent: #2") == 1
    assert "Do you have roses" not in said  # shown once, before the crash
    assert to_bob["Subject"] == "Re: Roses"
    body = to_bob.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines()[0] == "Yes, five euros a bunch."  # the question is quoted below
    assert SHOP in to_bob["From"]
    assert to_bob["References"].split()[-1] == to_bob["In-Reply-To"]
    assert to_bob["Message-ID"].endswith("@flowers.example>")
    to_carla = next(mail for to, mail in sent.items() if "carla" in to)
    assert to_carla["References"] == to_carla["In-Reply-To"]


@pytest.mark.skipif(shutil.which("swaks") is None, reason="swaks is not installed")
def test_a_common_question_is_answered_with_one_word(tmp_path: Path) -> None:
    folder, port = tmp_path / "demo", free_port()
    with demo(folder, port) as running:
        swaks(port, "Hi, at what time do you open?")
        running.out.wait_for("would have answered with #opening")
        running.type("ok 1")
        (to_bob,) = wait_for_answers(folder, 1)
        assert running.stop() == 0

    body = to_bob.get_body(("plain",))
    assert body is not None
    assert "Monday to Saturday, nine to six" in body.get_content()


def test_sigterm_stops_it_soon_and_keeps_everything(tmp_path: Path) -> None:
    folder, port = tmp_path / "demo", free_port()
    with demo(folder, port) as first:
        assert call("write", "--folder", str(folder), "--port", str(port), "Hello", cwd=tmp_path).returncode == 0
        first.out.wait_for("^#1 carla")
        first.type("#1 Good morning.")
        first.out.wait_for("^-> #1")
        began = time.monotonic()
        assert first.stop() == 0, first.log.text
        assert time.monotonic() - began < 10
        assert "Traceback" not in first.log.wait_for_end()

    with demo(folder, port) as second:
        wait_for_answers(folder, 1)
        second.out.wait_for("^sent: #1")
        assert second.stop() == 0

    assert len(answers(folder)) == 1


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_demo_with_a_pipe(tmp_path: Path) -> None:
    port = free_port()
    if not (ROOT / ".venv" / "ready").exists():
        pytest.skip("make would build the environment first")
    command = ["make", "-C", str(ROOT), "demo", f"ARGS=--folder {tmp_path / 'demo'} --port {port}"]
    with start_program(command, cwd=tmp_path, session=True) as running:
        try:
            running.out.wait_for("You are Anna")
            until_listening(port, running)
            running.end_of_input()
            assert running.wait(15) == 0, running.log.text
        finally:
            if running.process.poll() is None:
                os.killpg(running.process.pid, signal.SIGKILL)
