"""The command as a shell sees it: exit codes, quiet ends, and nothing imported that is not needed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import bridge.cli
from bridge import __version__
from bridge.cli import COMMANDS, app

# Each test starts processes of its own.
pytestmark = pytest.mark.servers


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridge", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)


def test_version_says_what_a_bug_report_needs() -> None:
    done = run("version")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"inbox-bridge {__version__} (Python {sys.version_info.major}.")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--help"], 0, "doctor"),
        (["-h"], 0, "Exit codes"),
        (["check", "--help"], 0, "--config"),
        ([], 2, "doctor"),
        (["chekc"], 2, "check"),
        (["check", "--conf"], 2, "--config"),
        (["check", "--config", "/nowhere.toml"], 2, "inbox-bridge init"),
        (["run", "--config", "/nowhere.toml"], 2, "inbox-bridge init"),
        (["doctor", "--config", "/nowhere.toml"], 2, "inbox-bridge init"),
        (["write", "Hello", "--port", "1"], 1, "start the demo first"),
    ],
)
def test_exit_codes(arguments: list[str], code: int, told: str) -> None:
    done = run(*arguments)

    assert done.returncode == code, done.stderr
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["version"], ["--help"], ["check", "--json", "-c", "/nowhere.toml"]])
def test_a_reader_that_has_gone_is_no_trouble(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as nobody:
        command = [sys.executable, "-m", "bridge", *arguments]
        done = subprocess.run(command, stdout=nobody, stderr=subprocess.PIPE, text=True, timeout=60, check=False)

    assert done.stderr == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_imports_its_own_module_only(name: str) -> None:
    program = f"import sys; from bridge.cli import app; app(['{name}']); print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    imported = set(done.stdout.split())

    needs_rich, needs_pydantic = name == "doctor", name not in ("version", "write")
    assert ("rich" in imported) == needs_rich
    assert ("pydantic" in imported) <= needs_pydantic
    assert "bridge.daemon.daemon" not in imported


def test_the_daemon_carries_nothing_that_it_has_no_use_for(tmp_path: Path) -> None:
    """It imports all its own parts, and none of these."""
    (tmp_path / "config.toml").write_text("unheard_of = 1\n")
    program = """if True:
        import atexit, sys
        atexit.register(lambda: print(" ".join(sys.modules)))
        from bridge.cli import main
        sys.argv = ["inbox-bridge", "run", "--config", sys.argv[1]]
        main()
    """
    command = [sys.executable, "-c", program, str(tmp_path / "config.toml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    imported = {name.partition(".")[0] for name in done.stdout.split()} | set(done.stdout.split())

    assert done.returncode == 2, done.stderr
    assert {"bridge.daemon.daemon", "structlog"} <= imported
    assert not imported & {"rich", "tomlkit", "numpy", "httpx", "dns", "starlette", "alembic", "holidays"}


def test_an_interrupt_is_quiet() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-m", "bridge", "write", "Hello", "--port", str(server.getsockname()[1])]
        # Whoever runs the tests in the background may have them ignore interrupts, and what they start, too.
        heed, pipe = ["env", "--default-signal=INT"], subprocess.PIPE
        with subprocess.Popen([*heed, *command], stdout=pipe, stderr=pipe, text=True) as process:
            connection, _ = server.accept()  # from here on it waits for a greeting that never comes
            process.send_signal(signal.SIGINT)
            printed, complained = process.communicate(timeout=60)
            connection.close()

    assert (process.returncode, printed, complained) == (130, "", "")


def test_every_command_has_its_module() -> None:
    made = app([])
    names = [*(one.name for one in made.registered_commands), *(one.name for one in made.registered_groups)]
    assert set(names) == set(COMMANDS)
    folder = Path(bridge.cli.__file__).parent
    assert all((folder / f"{module}.py").is_file() for module in COMMANDS.values())
