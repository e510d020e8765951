# Shared by the commands of this folder, which source it. It says what it does, installs only what is missing,
# and never touches a service or a file outside the project.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
state=$root/.state
# The least that builds us; `edition` and `rust-version` in Cargo.toml and `engines` in the pages say the same.
rust_min=1.95
node_min=20.19

# ── Words ──

if [ -t 1 ]; then bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' red='' green='' dim='' plain=''; fi

say() { printf '%s\n' "$*"; }

# die WHAT-HAPPENED WHAT-TO-DO
die() {
    printf '\n%s✗ %s%s\n' "$red" "$1" "$plain" >&2
    [ $# -lt 2 ] || printf '  %s\n' "${@:2}" >&2
    exit 1
}

# stage NAME COMMAND…  One step: its output goes to a log, its last line is shown while it runs, and the end of the
# log is shown when it fails.
stage() {
    local name=$1 began=$SECONDS log=$state/log/${1//[^a-zA-Z0-9]/-}.log rc ticker
    shift
    mkdir -p "$state/log"
    printf '%s▶ %s%s\n' "$bold" "$name" "$plain"
    show_progress "$log" "$began" &
    ticker=$!
    # Not `|| rc=$?`: that would switch `set -e` off within the step.
    set +e
    (set -e && "$@") >"$log" 2>&1 </dev/null
    rc=$?
    set -e
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    if [ $rc -ne 0 ]; then
        printf '%s✗ %s failed after %s s; what failed and the end of %s:%s\n' \
            "$red" "$name" $((SECONDS - began)) "${log#"$root"/}" "$plain"
        failures "$log" || true
        tail -n 60 "$log"
        exit 1
    fi
    printf '%s✓ %s%s  %s s\n' "$green" "$name" "$plain" $((SECONDS - began))
}

# failures LOG  What the log of a long run says of the tests that failed, which may stand far above its end.
failures() {
    grep -n -A 12 -E '^test .*(FAILED|panicked)|^---- .* stdout ----|panicked at |^ *(not ok|✖|×|FAIL) ' "$1" | head -n 200
}

# pause SECONDS  Like sleep, but without a child that would outlive us: nothing ever comes down this pipe.
pause() { read -rt "$1" <> <(:) || true; }

# show_progress LOG BEGAN  Every 15 s what the log says last, so that nobody thinks it hangs.
show_progress() {
    local last
    while pause 15 && kill -0 $$; do
        last=$(tail -c 400 "$1" 2>/dev/null | tr '\r' '\n' | grep -v '^[[:space:]]*$' | tail -n 1 | cut -c 1-96) || last=
        printf '%s  … %s s  %s%s\n' "$dim" $((SECONDS - $2)) "$last" "$plain"
    done
}

# ── What a machine must have ──

# at_least WANTED GOT
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

need_rust() {
    local got
    # rustup installs here, and an older shell does not know yet.
    case :$PATH: in *":$HOME/.cargo/bin:"*) ;; *) PATH=$HOME/.cargo/bin:$PATH ;; esac
    got=$(cargo --version 2>/dev/null | cut -d ' ' -f 2) || got=
    [ -n "$got" ] || die "Rust is missing; it takes $rust_min or newer." \
        "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y && . \"\$HOME/.cargo/env\""
    at_least "$rust_min" "$got" || die "Rust $got is too old; it takes $rust_min or newer." "rustup update stable"
}

need_node() {
    local got
    got=$(node --version 2>/dev/null | tr -d v) || got=
    local install='curl -fsSL https://deb.nodesource.com/setup_22.x | sudo -E bash - && sudo apt-get install -y nodejs'
    [ -n "$got" ] || die "Node is missing; it takes $node_min or newer." "$install"
    at_least "$node_min" "$got" || die "Node $got is too old; it takes $node_min or newer." "$install"
    command -v npm >/dev/null || die "npm is missing beside Node $got." "$install"
}

# need_apt PACKAGE…  Installs what is not there yet.
need_apt() {
    local package missing=() sudo=()
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = 'install ok installed' ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || die "These are missing, and this machine has no apt-get: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "These packages are missing: ${missing[*]}" "as root: apt-get install ${missing[*]}"
        sudo=(sudo)
    fi
    say "  installing ${missing[*]}"
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# What it takes to build and to run the shop.
need_shop() {
    need_apt build-essential pkg-config libasound2-dev mosquitto espeak-ng python3-pip unzip curl
}

# The browser of the end-to-end test and of the bench; its path is printed.
browser() {
    local name
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" && return
    done
    return 1
}

need_browser() {
    need_apt fonts-noto-cjk
    browser >/dev/null || need_apt chromium
}

# need_port SETTING PORT  A port that somebody else listens on is told now, by the name of the setting to change.
need_port() {
    if (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; then
        die "Port $2 is taken by another program." "Choose another: $1=PORT deploy/${0##*/}"
    fi
}

# wait_for SECONDS COMMAND…  Until the command succeeds.
wait_for() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $until ] || return 1
        pause 0.1
    done
}

# ── What is built ──

# The pages' sources and everything they share, as one hash.
sources_of() {
    (cd "$root" && git ls-files -z --cached --others --exclude-standard -- "$@" | sort -z | xargs -0 sha256sum 2>/dev/null | sha256sum)
}

# build_pages SIDE…  `edge`, `cloud`: only when something in them has changed since the last time.
build_pages() {
    local side folder stamp now
    mkdir -p "$state/pages"
    for side in "$@"; do
        folder=$root/$side/web stamp=$state/pages/$side now=$(sources_of "$side/web" shared/web)
        if [ -e "$folder/dist/index.html" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$now" ]; then
            say "pages of $side: unchanged"
            continue
        fi
        install_modules "$side/web"
        (cd "$folder" && npm run --silent build)
        printf '%s\n' "$now" >"$stamp"
    done
}

# install_modules FOLDER  `npm ci`, only when its lock file has changed.
install_modules() {
    local folder=$root/$1 stamp=$root/$1/node_modules/.installed now
    now=$(sha256sum <"$folder/package-lock.json")
    [ "$(cat "$stamp" 2>/dev/null)" != "$now" ] || return 0
    (cd "$folder" && npm ci --no-fund --no-audit)
    printf '%s\n' "$now" >"$stamp"
}
