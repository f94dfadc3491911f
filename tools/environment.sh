#!/bin/sh
# Make or refresh .venv from one hash-checked lock file.   Usage: tools/environment.sh LOCK
#
# uv does it when it is on PATH, else Python's own venv and pip. Wheels come from the folder wheels/ when there is one
# (made by `make bundle`, for offices without a network). Every failure names the one line that repairs it.
set -eu

lock=$1
venv=.venv

fail() {
    printf '\n%s\n' "$@" >&2
    exit 1
}

suits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.11 python3.12 python3.13; do
        if suits "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    fail "需要 Python 3.11、3.12 或 3.13。请先运行：apt install python3 python3-venv" \
        "(Python 3.11 to 3.13 is needed: apt install python3 python3-venv)"
}

have_uv() { uv --version >/dev/null 2>&1; }

make_venv() {
    if have_uv; then
        rm -rf "$venv"
        UV_PYTHON_DOWNLOADS=never uv venv --quiet --python "$1" "$venv"
        return
    fi
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 || fail \
        "这个 Python 不能建立虚拟环境（缺 venv/ensurepip）。请先运行：apt install python3-venv" \
        "(This Python cannot make a virtual environment: apt install python3-venv)"
    "$1" -m venv --clear "$venv"
}

install_lock() {
    if have_uv; then
        set -- uv pip install --quiet --python "$venv/bin/python"
    else
        "$venv/bin/python" -c 'import pip' 2>/dev/null || "$venv/bin/python" -m ensurepip >/dev/null
        set -- "$venv/bin/python" -m pip install -qq --no-input --disable-pip-version-check
    fi
    if [ -d wheels ]; then set -- "$@" --no-index --find-links wheels; fi
    "$@" --require-hashes --only-binary :all: -r "$lock" || fail \
        "安装依赖没有成功（见上）。能上网时再运行一次即可；不能上网时，请在另一台机器上 make bundle，" \
        "把得到的 wheels 文件夹放到这里。(Installing failed, see above: run it again when the network is there.)"
}

echo "准备运行环境 .venv（首次约一分钟）……"
suits "$venv/bin/python" || make_venv "$(find_python)"
install_lock
