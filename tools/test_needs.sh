#!/bin/sh
# Looks for what the tests need besides Python: a PostgreSQL server, a browser, sshd, sudo.
# As root on Debian it installs what is missing; elsewhere it says what is skipped.
set -u

# Not named like the programs: `command -v` would find the functions.
has_postgres() {
    command -v postgres || ls -d /usr/lib/postgresql/*/bin/postgres || ls -d /usr/local/pgsql/bin/postgres
} >/dev/null 2>&1

has_browser() {
    command -v chromium || command -v chromium-browser || command -v google-chrome ||
        ls -d "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium-*
} >/dev/null 2>&1

has_sshd() {
    command -v sshd || ls -d /usr/sbin/sshd || ls -d /usr/local/sbin/sshd
} >/dev/null 2>&1

has_sudo() {
    command -v sudo
} >/dev/null 2>&1

missing=""
has_postgres || missing="postgresql"
has_browser || missing="$missing chromium"
has_sshd || missing="$missing openssh-server"
has_sudo || missing="$missing sudo"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing$(printf ' %s' $missing) for the tests …"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 - two words are two packages
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/tmp/tocsin-apt.log 2>&1 ||
        tail -n 5 /tmp/tocsin-apt.log
fi

has_postgres || echo "SKIPPED: tests on PostgreSQL; to run them: apt-get install postgresql (or set TOCSIN_TEST_POSTGRES_URL)"
has_browser || echo "SKIPPED: tests in a browser; to run them: apt-get install chromium (or .venv/bin/playwright install chromium)"
has_sshd || echo "SKIPPED: tests of actions over SSH; to run them: apt-get install openssh-server"
has_sudo || echo "SKIPPED: tests of actions with sudo; to run them: apt-get install sudo"
exit 0
