#!/usr/bin/env bash
# Makes .venv-helpdesk with django-helpdesk, a real program that answers mail by itself: tests/daemon/test_real_loops.py
# writes to it, and is left out where it is not there.
set -euo pipefail

cd "$(dirname "$0")/.."
python3 -m venv .venv-helpdesk
.venv-helpdesk/bin/python -m pip install --quiet --disable-pip-version-check 'django-helpdesk==2.6.1' \
    django-bootstrap4-form packaging setuptools
