"""A real django-helpdesk: a ticket system that answers each mail by itself. Mail goes in and out as files.

    desk = Helpdesk.made(folder)
    desk.take(mail)          makes a ticket of it, or a follow-up; the mails that it wrote about that

It sends nothing: its mails are files in its own folder. `tests/helpdesk.sh` installs it, in an environment of its own.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

ADDRESS = "help@desk.example"
PYTHON = Path(__file__).parents[2] / ".venv-helpdesk" / "bin" / "python"

_SETTINGS = """\
from pathlib import Path
HERE = Path(__file__).parent
SECRET_KEY = "x"
USE_TZ = True
SITE_ID = 1
ROOT_URLCONF = "urls"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
INSTALLED_APPS = [
    *(f"django.contrib.{name}" for name in "auth contenttypes sessions sites humanize messages admin".split()),
    "rest_framework", "bootstrap4form", "helpdesk",
]
MIDDLEWARE = []
_SEEN = [f"django.{name}" for name in ("contrib.auth.context_processors.auth", "template.context_processors.request")]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {"context_processors": _SEEN},
}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HERE / "db.sqlite3"}}
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = HERE / "out"
MEDIA_ROOT = HERE / "media"
STATIC_URL = "/static/"
DEFAULT_FROM_EMAIL = "help@desk.example"
HELPDESK_TEAMS_MODE_ENABLED = False
"""
_URLS = """\
from django.urls import include, path
urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
"""
_BEGIN = """\
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django
django.setup()
from django.core.management import call_command
"""
_MAKE = """\
call_command("migrate", verbosity=0)
from helpdesk.models import Queue
fields = {"email_box_type": "local", "email_box_local_dir": os.getcwd() + "/in/", "email_box_interval": 0}
Queue(title="Help", slug="help", email_address="help@desk.example", allow_email_submission=True, **fields).save()
"""


@dataclass
class Helpdesk:
    """One of them, in a folder of its own."""

    folder: Path
    _count: int = 0
    _seen: set[Path] = field(default_factory=set)

    @classmethod
    def made(cls, folder: Path) -> Self:
        """With its tables, and a queue that takes mail."""
        for name in ("in", "out", "media"):
            (folder / name).mkdir(parents=True)
        (folder / "settings.py").write_text(_SETTINGS)
        (folder / "urls.py").write_text(_URLS)
        desk = cls(folder)
        desk._run(_MAKE)
        return desk

    def take(self, mail: bytes) -> Sequence[bytes]:
        """What it writes because of this mail, its lines ended by LF."""
        self._count += 1
        (self.folder / "in" / str(self._count)).write_bytes(mail)
        self._run('call_command("get_email", verbosity=0)')
        written = [file for file in sorted((self.folder / "out").iterdir()) if file not in self._seen]
        self._seen |= set(written)
        # Django's own line between the mails of one connection.
        mails = [mail for file in written for mail in file.read_bytes().split(b"-" * 79 + b"\n")]
        return [mail for mail in mails if mail.strip()]

    def _run(self, program: str) -> None:
        command = [str(PYTHON), "-c", _BEGIN + program]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
