#!/bin/sh
# Lock the dependencies of pyproject.toml with hashes, for all supported Pythons and platforms.
#
#   tools/lock.sh                 keep what is locked, add or drop what pyproject.toml asks for
#   tools/lock.sh --upgrade       newest versions that pyproject.toml allows
#   tools/lock.sh -P flask        newest version of one package
#
# requirements.lock      what `make run` installs: the core and text recognition
# requirements-dev.lock  all of that at the same versions, every extra, and the development tools
set -eu
cd "$(dirname "$0")/.."
uv --version >/dev/null 2>&1 || { echo "make lock 需要 uv：pip install uv" >&2; exit 1; }

compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
        --no-strip-extras --no-emit-index-url --no-emit-find-links "$@" pyproject.toml >/dev/null
}

compile "$@" --extra ocr -o requirements.lock
compile "$@" --all-extras --group dev --constraints requirements.lock -o requirements-dev.lock
