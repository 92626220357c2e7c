#!/usr/bin/env bash
# Installs the Debian packages that the tests with real servers need. Without root it names what is missing; the tests
# that need it then say that they were left out.
set -euo pipefail

missing=()
command -v swaks >/dev/null || missing+=(swaks)
command -v strace >/dev/null || missing+=(strace)
command -v msmtp >/dev/null || missing+=(msmtp)
command -v mutt >/dev/null || missing+=(mutt)
command -v mbsync >/dev/null || missing+=(isync)
[ -x /usr/sbin/postfix ] || missing+=(postfix)
[ -x /usr/lib/dovecot/imap ] || missing+=(dovecot-imapd)
[ -x /usr/lib/dovecot/lmtp ] || missing+=(dovecot-lmtpd)
perl -MNet::SSLeay -e 1 2>/dev/null || missing+=(libnet-ssleay-perl)  # swaks' TLS
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
command -v prosody >/dev/null || missing+=(prosody lua-sec lua-event lua-unbound)
command -v profanity >/dev/null || missing+=(profanity)
command -v tmux >/dev/null || missing+=(tmux)
command -v go-sendxmpp >/dev/null || missing+=(go-sendxmpp)
command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || missing+=(chromium-headless-shell)
# Not where it would be started beside the Prosody of before: both want port 5222.
[ -d /run/systemd/system ] || compgen -G '/usr/lib/x86_64-linux-gnu/ejabberd-*' >/dev/null || missing+=(ejabberd)

if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Tests that need these packages are left out: ${missing[*]}" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# The tests bring their own configuration; the machine's Postfix stays as it is, or without any.
if command -v debconf-set-selections >/dev/null; then
    echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}"
