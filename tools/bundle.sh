#!/bin/sh
# Everything an office without a network needs, in one tar file: this commit's files and all wheels of requirements.lock
# for this kind of machine and this Python. There: tar xf, cd, make run (still needs make and python3-venv).
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml | head -n 1)
name=lindang-$version-offline
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python=${PYTHON:-$(.venv/bin/python -c 'import sys; print(sys.executable)' 2>/dev/null || command -v python3)}
"$python" -m venv "$work/venv"
mkdir -p "$work/$name/wheels" dist
git archive HEAD | tar -x -C "$work/$name"
"$work/venv/bin/python" -m pip download --quiet --no-input --disable-pip-version-check \
    --require-hashes --only-binary :all: -r requirements.lock -d "$work/$name/wheels"
"$work/venv/bin/python" -m pip download --quiet --no-input --disable-pip-version-check --no-deps \
    --require-hashes --only-binary :all: --platform manylinux_2_34_x86_64 --implementation cp --abi abi3 \
    --python-version 311 -r requirements-fast.lock -d "$work/$name/wheels" || echo "没有取到快档的模型，包里没有" >&2
tar -C "$work" -cf "dist/$name.tar" "$name"
echo "dist/$name.tar  $(du -h "dist/$name.tar" | cut -f1)  $(find "$work/$name/wheels" -name '*.whl' | wc -l) wheels"
