#!/bin/sh
# System packages: say what is missing and what that costs; install it when we may. The list is packages.apt.
#
#   tools/system_packages.sh missing SECTION...    one line per missing package, with what its absence costs
#   tools/system_packages.sh names SECTION...      the names of the missing packages only
#   tools/system_packages.sh ensure STAMP SECTION...
#        as root with apt-get: installs the missing ones, once per STAMP (a file; a newer packages.apt asks again);
#        otherwise, or when that fails, does what `missing` does. Never fails: the archive works without all of them.
set -eu

list=$(dirname "$0")/../packages.apt

# section_lines SECTION: the "package | probe | gives | costs" lines of one section
section_lines() {
    awk -v want="[$1]" '/^[[:space:]]*(#|$)/ { next } /^\[/ { inside = ($0 == want); next } inside' "$list"
}

# present PROBE: a command on PATH, or a file pattern
present() {
    case $1 in
    /*) for file in $1; do [ -e "$file" ] && return 0; done; return 1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

# each_missing SECTION...: "package<TAB>costs" for what is not there
each_missing() {
    for section in "$@"; do
        section_lines "$section" | while IFS='|' read -r name probe _ costs; do
            probe=$(echo "$probe" | tr -d '[:space:]')
            present "$probe" || printf '%s\t%s\n' "$(echo "$name" | tr -d '[:space:]')" "${costs# }"
        done
    done
}

names() { each_missing "$@" | cut -f1 | tr '\n' ' '; }

missing() {
    each_missing "$@" | while IFS='	' read -r name costs; do
        printf '  未安装 %s：%s（apt install %s）\n' "$name" "$costs" "$name"
    done
}

install_as_root() {
    log=$(mktemp)
    echo "安装系统软件包：$*"
    if { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; } \
        </dev/null >"$log" 2>&1; then
        rm -f "$log"
    else
        echo "  安装没有成功，日志在 $log；继续。"
    fi
}

ensure() {
    stamp=$1
    shift
    wanted=$(names "$@")
    [ -n "$wanted" ] || return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && { [ ! -e "$stamp" ] || [ "$list" -nt "$stamp" ]; }; then
        touch "$stamp"
        # shellcheck disable=SC2086  # a list of names
        install_as_root $wanted
    fi
    missing "$@"
}

action=${1:-}
[ $# -gt 0 ] && shift
case $action in
missing | names | ensure) "$action" "$@" ;;
*) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
