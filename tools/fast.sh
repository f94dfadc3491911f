#!/bin/sh
# The models of the fast profile, into the environment (see tools/fast_models.py). The wheel is only opened, never installed:
# that of one system serves all, so that machines of other kinds get the same files.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -c 'import pip' 2>/dev/null || "$python" -m ensurepip >/dev/null
set -- download --quiet --no-input --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
    --platform manylinux_2_34_x86_64 --implementation cp --abi abi3 --python-version 311 -r requirements-fast.lock -d "$work"
if [ -d wheels ]; then set -- "$@" --no-index --find-links wheels; fi
"$python" -m pip "$@" || {
    printf '\n%s\n' "没有取到快档的模型（见上）；能上网时再运行一次 make fast。不能上网时，可在另一台机器上 make fast，" \
        "把得到的 .venv/share/lindang/ocr-fast 文件夹拷来，用 ocr_fast_models 指定。其余照常，识别用精档。" >&2
    exit 1
}
"$python" -m tools.fast_models "$work"/*.whl
echo "快档的模型已装好；在 config.toml 的 [plugins.ingest] 里写 ocr = \"rapidocr-fast\"，或收件时选“RapidOCR 快档”。"
