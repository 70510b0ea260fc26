#!/usr/bin/env bash
# Sets gridgeo up from nothing and runs it:
#   ./gridgeo.sh demo  [--out DIR]        a sample city from five messy layers to a published map
#   ./gridgeo.sh test  [pytest arguments] every check of the project
#   ./gridgeo.sh serve [--store URL]      the API and its page, on the demo's store unless told otherwise
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
venv="$PWD/.venv"
log="$PWD/.setup.log"

say() { printf '== %s\n' "$*" >&2; }
fail() { printf 'gridgeo.sh: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
logged() { "$@" >>"$log" 2>&1; }

# ------------------------------------------------------------------ the system

can_install() {
  has apt-get || return 1
  [ "$(id -u)" = 0 ] || { has sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; }
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

apt_updated=
apt_update() {
  [ -n "$apt_updated" ] || logged as_root apt-get update || say "apt-get update failed, see $log; going on with the old lists"
  apt_updated=yes
}

apt_install() {
  say "installing $* with apt"
  logged as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" || {
    tail -n 15 "$log" >&2
    fail "apt could not install $*; install them by hand and run this again"
  }
}

# ------------------------------------------------------------------ Python

usable_python() { "$1" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; }

find_python() {
  local name
  for name in python3 python3.13 python3.12 python3.11 python3.14; do
    if has "$name" && usable_python "$name"; then command -v "$name"; return 0; fi
  done
  return 1
}

need_python() {
  python="$(find_python)" && return 0
  if can_install; then
    apt_update
    apt_install python3 python3-venv ca-certificates
    python="$(find_python)" && return 0
  fi
  fail "needs Python 3.11 or newer, none found on PATH; install it (Debian, Ubuntu: python3 and python3-venv; macOS: brew install python@3.13)"
}

# uv does not read pip.conf nor PIP_*: what pip knows about mirrors is handed on. $1 pip's name, $2 uv's variable.
hand_on() {
  local value name="$2"
  value="$(printf '%s\n' "$pip_config" |
    sed -n -e "s/^:env:\.$1='\(.*\)'\$/0 \1/p" -e "s/^install\.$1='\(.*\)'\$/1 \1/p" -e "s/^global\.$1='\(.*\)'\$/2 \1/p" |
    sort -n | head -n 1 | cut -c 3- | sed 's/\\n/ /g')"
  [ "$name" != UV_FIND_LINKS ] || value="$(printf '%s' "$value" | tr ' ' ',')"
  [ -z "$value" ] || export "$name=${!name:-$value}"
}

tell_uv() {
  local pip_config
  pip_config="$("$venv/bin/python" -m pip config list 2>/dev/null || true)"
  export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}" UV_NATIVE_TLS="${UV_NATIVE_TLS:-1}" UV_LINK_MODE="${UV_LINK_MODE:-copy}"
  export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}"
  # As pip does: the best version of all indexes; the hashes say which file is the right one.
  export UV_INDEX_STRATEGY="${UV_INDEX_STRATEGY:-unsafe-best-match}"
  hand_on index-url UV_DEFAULT_INDEX
  hand_on extra-index-url UV_INDEX
  hand_on find-links UV_FIND_LINKS
  hand_on no-index UV_NO_INDEX
  hand_on trusted-host UV_INSECURE_HOST
  hand_on cert SSL_CERT_FILE
}

make_venv() {
  rm -rf "$venv"
  if "$python" -c 'import ensurepip' 2>/dev/null && logged "$python" -m venv "$venv"; then return 0; fi
  if has uv && logged uv venv --seed --python "$python" "$venv"; then return 0; fi
  if can_install; then
    apt_update
    apt_install "$(venv_package)"
    rm -rf "$venv"
    logged "$python" -m venv "$venv" && return 0
  fi
  rm -rf "$venv"
  fail "$python cannot make a virtual environment with pip; install python3-venv (Debian, Ubuntu) or uv"
}

venv_package() {
  local package
  package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
  if apt-cache show "$package" >/dev/null 2>&1; then echo "$package"; else echo python3-venv; fi
}

install_by_uv() {
  local uv="$venv/bin/uv"
  if has uv; then uv="$(command -v uv)"; else logged "$venv/bin/python" -m pip install --quiet uv || return 1; fi
  (
    tell_uv
    logged "$uv" pip install --python "$venv/bin/python" --compile-bytecode --require-hashes -r requirements.lock
  )
}

install_by_pip() { logged "$venv/bin/python" -m pip install --require-hashes -r requirements.lock; }

# The stamp names the lock, the project file and the folder, as a virtual environment cannot be moved.
wanted_stamp() { { cat requirements.lock pyproject.toml; pwd; } | cksum; }

set_up() {
  local stamp="$venv/.gridgeo-stamp"
  if [ -x "$venv/bin/gridgeo" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(wanted_stamp)" ]; then return 0; fi
  : >"$log"
  need_python
  say "setting up $venv (needed once)"
  if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1 || [ "$(cat "$venv/.gridgeo-home" 2>/dev/null)" != "$PWD" ]; then
    make_venv
    pwd >"$venv/.gridgeo-home"
  fi
  install_by_uv || { say "uv did not manage it, trying pip"; install_by_pip; } || {
    tail -n 15 "$log" >&2
    fail "the packages of requirements.lock could not be installed, see $log; behind a mirror or a TLS proxy set PIP_INDEX_URL and PIP_CERT, or pip.conf"
  }
  logged "$venv/bin/python" -m pip install --no-deps --no-build-isolation --no-index -e . || {
    tail -n 15 "$log" >&2
    fail "gridgeo itself could not be installed, see $log"
  }
  # Where Python may not write its bytecode, every command would compile 500 modules anew: half of its start.
  logged "$venv/bin/python" -m compileall -q -j 0 gridgeo || true
  wanted_stamp >"$stamp"
}

# ------------------------------------------------------------------ what only the tests need

has_postgis() {
  local share
  [ -z "${GRIDGEO_TEST_DSN:-}" ] || return 0
  for share in /usr/share/postgresql/*/extension "$(pg_config --sharedir 2>/dev/null || true)"/extension; do
    [ ! -e "$share/postgis.control" ] || return 0
  done
  return 1
}

# The tests start a private server of their own: apt must not make and start one.
without_main_cluster() {
  local drop=/etc/postgresql-common/createcluster.conf done_=0
  if [ -e "$drop" ]; then drop=/etc/postgresql-common/createcluster.d/gridgeo.conf; fi
  as_root mkdir -p "${drop%/*}"
  echo 'create_main_cluster = false' | as_root tee "$drop" >/dev/null
  ("$@") || done_=$?
  as_root rm -f "$drop"
  return "$done_"
}

has_chromium() { has chromium; }

has_cjk_font() {
  if has fc-list; then fc-list ':lang=zh-cn' 2>/dev/null | grep -q . && return 0; fi
  ls /usr/share/fonts/opentype/noto/*CJK* /System/Library/Fonts/PingFang* >/dev/null 2>&1
}

newest_postgis() {
  apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' | cut -d ' ' -f 1 | sort -t - -k 2 -n | tail -n 1
}

need_test_tools() {
  local missing="" package
  has_postgis || missing="$missing PostGIS"
  has_chromium || missing="$missing chromium"
  has_cjk_font || missing="$missing CJK-font"
  has pdftotext || missing="$missing pdftotext"
  [ -n "$missing" ] || return 0
  can_install || fail "the tests need$missing, and there is no apt with root or sudo here; install PostgreSQL with PostGIS (or set GRIDGEO_TEST_DSN), chromium, a Chinese font (fonts-noto-cjk) and poppler-utils"
  : >>"$log"
  apt_update
  if ! has_postgis; then
    package="$(newest_postgis)"
    [ -n "$package" ] || fail "apt knows no postgresql-N-postgis-3; install PostgreSQL with PostGIS or set GRIDGEO_TEST_DSN"
    without_main_cluster apt_install "$package" "${package%-postgis-3}"
  fi
  has_chromium || apt_install chromium
  has_cjk_font || apt_install fonts-noto-cjk fontconfig
  has pdftotext || apt_install poppler-utils
}

workers() { "$venv/bin/python" -c 'import os; print(min(os.cpu_count() or 1, 4))'; }

run_checks() {
  local failed=0
  say "ruff format"; "$venv/bin/ruff" format --check --quiet . || failed=1
  say "ruff check"; "$venv/bin/ruff" check --quiet . || failed=1
  say "mypy"; "$venv/bin/mypy" --no-error-summary || failed=1
  say "pytest"; "$venv/bin/python" -m pytest -n "$(workers)" --dist loadfile "$@" || failed=1
  [ "$failed" = 0 ] || fail "not all checks passed"
}

case "${1:-}" in
  demo) shift; set_up; exec "$venv/bin/gridgeo" demo "$@" ;;
  test) shift; set_up; need_test_tools; run_checks "$@" ;;
  serve)
    shift; set_up
    case " $* " in
      *" --store"*) ;;
      *) [ ! -e demo/gridgeo.gpkg ] || export GRIDGEO_STORE="${GRIDGEO_STORE:-gpkg://$PWD/demo/gridgeo.gpkg}" ;;
    esac
    exec "$venv/bin/gridgeo" serve "$@" ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]##*/}" >&2; exit 2 ;;
esac
