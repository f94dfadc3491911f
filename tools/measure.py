"""Style figures of a Python tree, to hold beside those of the code bases we learn from.

Usage: ``measure.py CODE[,CODE..] [TEST[,TEST..]]``; prints JSON. A code line is one that holds a token other than a
comment or a docstring; a function's length does not count its docstring. ``tests/rules`` uses the same functions as a gate.
"""

from __future__ import annotations

import ast
import dataclasses
import io
import json
import sys
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

SKIP = frozenset({"migrations", "node_modules", "static", "__pycache__", ".venv"})
LAYOUT = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})
Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclasses.dataclass(frozen=True, slots=True)
class FunctionFigures:
    """One function: where it stands and how long it is without its docstring."""

    name: str
    line: int
    length: int


@dataclasses.dataclass(frozen=True, slots=True)
class FileFigures:
    """What one file contributes to the totals."""

    path: Path
    code: int
    comments: int
    docstring_lines: int
    public: int
    public_documented: int
    slots: int
    slots_typed: int
    broad_excepts: int
    tests: int
    asserts: int
    functions: tuple[FunctionFigures, ...]


def python_files(roots: Iterable[str | Path]) -> Iterator[Path]:
    """Yield the Python files under ``roots`` (files or folders) in order, without the skipped folders."""
    for root in map(Path, roots):
        for path in [root] if root.is_file() else sorted(root.rglob("*.py")):
            if not SKIP & set(path.parts):
                yield path


def read_figures(path: Path) -> FileFigures:
    """Measure one file."""
    source = path.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(source)))
    documented = [node for node in nodes if isinstance(node, Documented)]
    doc_lines = {line for node in documented for line in _docstring_lines(node)}
    code, comments = _code_lines(source)
    public = [node for node in documented if not isinstance(node, ast.Module) and not node.name.startswith("_")]
    functions = [node for node in nodes if isinstance(node, Function)]
    slots = [slot for node in functions for slot in _annotation_slots(node)]
    return FileFigures(
        path=path,
        code=len(code - doc_lines),
        comments=comments,
        docstring_lines=len(doc_lines),
        public=len(public),
        public_documented=sum(bool(_docstring_lines(node)) for node in public),
        slots=len(slots),
        slots_typed=sum(slot is not None for slot in slots),
        broad_excepts=sum(_is_broad(node) for node in nodes),
        tests=sum(node.name.startswith("test") for node in functions),
        asserts=sum(isinstance(node, ast.Assert) for node in nodes),
        functions=tuple(_function_figures(node) for node in functions),
    )


def _docstring_lines(node: Documented) -> range:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return range(first.lineno, (first.end_lineno or first.lineno) + 1)
    return range(0)


def _code_lines(source: str) -> tuple[set[int], int]:
    code: set[int] = set()
    comments = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            comments += 1
        elif token.type not in LAYOUT:
            code |= set(range(token.start[0], token.end[0] + 1))
    return code, comments


def _annotation_slots(node: Function) -> list[ast.expr | None]:
    """Everything of a function that can carry an annotation: its arguments and its result."""
    arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
    return [argument.annotation for argument in arguments if argument.arg not in {"self", "cls"}] + [node.returns]


def _is_broad(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    return node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"}


def _function_figures(node: Function) -> FunctionFigures:
    length = (node.end_lineno or node.lineno) - node.lineno + 1 - len(_docstring_lines(node))
    return FunctionFigures(node.name, node.lineno, length)


def quantile(values: Sequence[int], share: float) -> int:
    """Return the value below which ``share`` of the values lie; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0


def summary(files: Sequence[FileFigures]) -> dict[str, object]:
    """Total the figures of many files."""
    modules = [file.code for file in files]
    lengths = [function.length for file in files for function in file.functions]
    code = sum(modules)

    def total(field: str) -> int:
        return sum(getattr(file, field) for file in files)

    return {
        "files": len(files),
        "code": code,
        "module": [quantile(modules, 0.5), quantile(modules, 0.9), max(modules, default=0)],
        "function": [*(quantile(lengths, share) for share in (0.5, 0.9, 0.99)), max(lengths, default=0)],
        "over50_pct": _percent(sum(length > 50 for length in lengths), len(lengths)),
        "docstring_pct": _percent(total("public_documented"), total("public")),
        "doc_lines_pct": _percent(total("docstring_lines"), code),
        "comment_pct": _percent(total("comments"), code),
        "typed_pct": _percent(total("slots_typed"), total("slots")),
        "broad_except_per_k": round(1000 * total("broad_excepts") / max(code, 1), 2),
        "tests": total("tests"),
        "asserts": total("asserts"),
    }


def _percent(part: int, whole: int) -> float:
    return round(100 * part / max(whole, 1), 1)


def main(arguments: Sequence[str]) -> None:
    """Print the figures of the code, the tests and their ratio."""
    code_roots, test_roots = (*arguments, "", "")[:2]
    code = [read_figures(path) for path in python_files(filter(None, code_roots.split(",")))]
    tests = [read_figures(path) for path in python_files(filter(None, test_roots.split(",")))]
    ratio = sum(file.code for file in tests) / max(sum(file.code for file in code), 1)
    print(json.dumps({"core": summary(code), "tests": summary(tests), "ratio": round(ratio, 2)}, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
