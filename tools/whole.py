"""Import every module of the product, those that only a child process or a rare page loads included: ``make check-run``.

In an environment made of ``requirements.lock`` alone this shows what that lock lacks; with the development tools installed
everything is there anyhow.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

import lindang
import models
import plugins

PACKAGES = (lindang, models, plugins)


def failures() -> dict[str, str]:
    """Return the modules that cannot be imported, each with the reason."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                try:
                    importlib.import_module(module.name)
                except ImportError as error:
                    found[module.name] = str(error)
    return found


def main() -> None:
    """Print what is missing; exit status 1 if anything is."""
    found = failures()
    for name, reason in found.items():
        print(f"{name}: {reason}", file=sys.stderr)
    if found:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
