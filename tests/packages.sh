#!/usr/bin/env bash
# Installs the Debian packages that the tests with real servers need. Without root it names what is missing; the tests
# that need it then say that they were left out.
set -euo pipefail

missing=()
command -v swaks >/dev/null || missing+=(swaks)
command -v strace >/dev/null || missing+=(strace)
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)

if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Tests that need these packages are left out: ${missing[*]}" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}"
