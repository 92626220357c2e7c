#!/usr/bin/env bash
# Makes the virtual environment named as $1: exactly what requirements-dev.lock says, then this project itself, editable.
set -euo pipefail
cd "$(dirname "$0")/.."

find_python() {
    local name
    for name in "${PYTHON:-}" python3.11 python3.12 python3.13 python3.14 python3; do
        if [ -n "$name" ] && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "inbox-bridge needs Python 3.11 or newer; install it, or name it with PYTHON=/path/to/python3" >&2
    return 1
}

need_venv_module() {
    if "$1" -c 'import ensurepip, venv' 2>/dev/null; then
        return
    fi
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv
        "$1" -c 'import ensurepip, venv' && return
    fi
    echo "$1 has no module venv; on Debian and Ubuntu: apt-get install python3-venv" >&2
    return 1
}

# pip keeps a cache under HOME; where there is none, it goes without.
[ -n "${HOME:-}" ] && [ -w "${HOME:-}" ] || export PIP_NO_CACHE_DIR=1
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

python=$(find_python)
need_venv_module "$python"
echo "Making $1 with $("$python" --version): fetching libraries, 1 to 3 minutes ..." >&2
"$python" -m venv "$1"
"$1/bin/python" -m pip install --quiet --require-hashes -r requirements-dev.lock
# What an earlier build left here would be found before what this one says of the connectors.
rm -rf inbox_bridge.egg-info
"$1/bin/python" -m pip install --quiet --no-deps --no-build-isolation -e .
