"""The gettext catalogues: ``compile`` what is newer than its compiled form, or ``update`` them from code and templates.

Chinese is the source language, so only the translations have a file: ``locale/<language>/LC_MESSAGES/messages.po``.
Usage: ``python -m tools.catalogues compile|update``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from babel.messages.pofile import read_po

from lindang.i18n import LOCALE_DIR, LOCALES, compile_catalogues

ROOT = LOCALE_DIR.parent
TEMPLATE = ROOT / "build" / "messages.pot"
SOURCE_LANGUAGE = "zh"


def catalogue_files() -> list[Path]:
    """Return the catalogue of every language but the source, there or not."""
    return [LOCALE_DIR / name / "LC_MESSAGES" / "messages.po" for name in LOCALES if name != SOURCE_LANGUAGE]


def untranslated(source: Path) -> list[str]:
    """Return the messages of one catalogue that have no translation or an unsure one."""
    with source.open("rb") as stream:
        catalogue = read_po(stream)
    return [str(message.id) for message in catalogue if message.id and (message.fuzzy or not message.string)]


def collect(target: Path) -> None:
    """Write every text of the code and the templates to ``target``, a ``.pot`` file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    options = "--keywords lazy --sort-by-file --add-location file --width 120 --project lindang".split()
    _babel("extract", "--mapping-file", LOCALE_DIR / "babel.cfg", *options, "--output-file", target, ".")


def update() -> None:
    """Bring every catalogue up to date, keep what is translated, and print what is not."""
    collect(TEMPLATE)
    options = "--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --init-missing --width 120".split()
    for source in catalogue_files():
        language = source.parent.parent.name
        source.parent.mkdir(parents=True, exist_ok=True)
        _babel("update", "--input-file", TEMPLATE, "--output-file", source, "--locale", language, *options)
        missing = untranslated(source)
        print(f"{source.relative_to(ROOT)}: {len(missing)} untranslated")
        for message in missing:
            print(f"  {message!r}")


def _babel(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["compile"]:
            compile_catalogues()
        case ["update"]:
            update()
        case _:
            sys.exit(__doc__)
