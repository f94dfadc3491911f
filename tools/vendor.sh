#!/bin/sh
# Renew static/vendor from the pinned npm packages: dist files unchanged, the icons gathered into one sprite.
#
# Needs npm. Run it by hand after changing a version or tools/icons.txt, look at the diff, commit the result.
# tests/unit/test_vendor_files.py then holds every file to static/vendor/manifest.sha512.
set -eu

bootstrap=5.3.9
htmx=2.0.11
openseadragon=6.1.1
icons=1.13.2

root=$(cd "$(dirname "$0")/.." && pwd)
vendor=$root/static/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() { # name version -> unpacks into $work/name
    mkdir "$work/$1"
    tarball=$(cd "$work" && npm pack --silent "$1@$2")
    tar -xzf "$work/$tarball" -C "$work/$1" --strip-components=1
}

symbol() { # name -> one <symbol> of the sprite
    printf '<symbol id="%s" viewBox="0 0 16 16">' "$1"
    tr '\n' ' ' <"$work/bootstrap-icons/icons/$1.svg" | sed -e 's/^<svg[^>]*>//' -e 's/<\/svg>.*$//' -e 's/  */ /g'
    printf '</symbol>\n'
}

licence() { # title file -> one section of LICENSES.md
    printf '\n## %s\n\n```\n' "$1"
    tr -d '\r' <"$2"
    printf '```\n'
}

fetch bootstrap $bootstrap
fetch htmx.org $htmx
fetch openseadragon $openseadragon
fetch bootstrap-icons $icons

mkdir -p "$vendor"
cp "$work/bootstrap/dist/css/bootstrap.min.css" "$work/bootstrap/dist/js/bootstrap.bundle.min.js" "$vendor"
cp "$work/htmx.org/dist/htmx.min.js" "$vendor"
cp "$work/openseadragon/build/openseadragon/openseadragon.min.js" "$vendor"
chmod 644 "$vendor"/*

{
    printf '<svg xmlns="http://www.w3.org/2000/svg">\n'
    while read -r name; do symbol "$name"; done <"$root/tools/icons.txt"
    printf '</svg>\n'
} >"$vendor/icons.svg"

{
    printf '# Licences of the files in this folder\n\n'
    printf 'Taken unchanged from the npm packages named here by `tools/vendor.sh`; `icons.svg` is a sprite of the icons in `tools/icons.txt`.\n'
    licence "Bootstrap $bootstrap (MIT; the bundle holds Popper, MIT): bootstrap.min.css, bootstrap.bundle.min.js" "$work/bootstrap/LICENSE"
    licence "htmx $htmx (0BSD): htmx.min.js" "$work/htmx.org/LICENSE"
    licence "OpenSeadragon $openseadragon (BSD-3-Clause): openseadragon.min.js" "$work/openseadragon/LICENSE.txt"
    licence "Bootstrap Icons $icons (MIT): icons.svg" "$work/bootstrap-icons/LICENSE"
} >"$vendor/LICENSES.md"

(cd "$vendor" && find . -type f ! -name manifest.sha512 -printf '%P\n' | LC_ALL=C sort | xargs sha512sum >manifest.sha512)
ls -l "$vendor"
