"""The limits on size and shape (docs/decisions/0003-limits.md has the reasons). Changing one is a decision."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "modelwright"
FRONTEND = ROOT / "frontend" / "src"

MODULE_LINES = 500
FUNCTION_LINES = 60
PUBLIC_METHODS = 15
TYPESCRIPT_LINES = 250
IGNORES_PER_1000_LINES = 1.0

MODULES = sorted(SOURCE.rglob("*.py"))
TYPESCRIPT = sorted(p for p in FRONTEND.rglob("*.ts*") if p.suffix in {".ts", ".tsx"})


def of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", MODULES, ids=of)
def test_a_module_and_its_functions_and_classes_stay_small(path: Path) -> None:
    """No module over 500 lines, no function over 60, no class with more than 15 public methods."""
    text = path.read_text()
    tree = ast.parse(text)
    is_revision = path.parent.name == "versions"  # a list of tables, written once

    assert len(text.splitlines()) <= MODULE_LINES
    for function in functions(tree):
        assert is_revision or (function.end_lineno or 0) - function.lineno < FUNCTION_LINES, function.name
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            public = [f for f in node.body if isinstance(f, ast.FunctionDef) and not f.name.startswith("_")]
            # A contract suite's methods are tests, one for each promise.
            assert len(public) <= PUBLIC_METHODS or node.name.endswith("Contract"), node.name


def test_type_ignores_name_their_code_and_reason_and_stay_rare() -> None:
    """Each ignore says which error it silences and why; fewer than one in a thousand lines."""
    ignores = [
        (of(path), line) for path in MODULES for line in path.read_text().splitlines() if "# type: ignore" in line
    ]
    lines = sum(len(path.read_text().splitlines()) for path in MODULES)

    assert [] == [found for found in ignores if not re.search(r"# type: ignore\[[\w, -]+\]  # \S", found[1])]
    assert len(ignores) <= max(1, lines / 1000 * IGNORES_PER_1000_LINES), ignores


@pytest.mark.parametrize("path", TYPESCRIPT, ids=of)
def test_a_typescript_file_stays_small(path: Path) -> None:
    """No TypeScript file over 250 lines."""
    assert len(path.read_text().splitlines()) <= TYPESCRIPT_LINES


@pytest.mark.parametrize("path", MODULES, ids=of)
def test_imports_stand_at_the_top(path: Path) -> None:
    """No import inside a function; the package's own front door loads names on use and is the one exception."""
    if path == SOURCE / "__init__.py":
        return
    inside = [
        f"{function.name}:{node.lineno}"
        for function in functions(ast.parse(path.read_text()))
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert [] == inside


def test_no_third_room_reaches_into_a_store() -> None:
    """A room's store is private to the room."""
    rooms = sorted(p.parent for p in SOURCE.glob("*/__init__.py"))
    offenders = [
        f"{of(path)} imports the store of {other.name}"
        for path in MODULES
        for other in rooms
        if other.name != path.relative_to(SOURCE).parts[0]
        and re.search(rf"from modelwright\.{other.name}\.(?:\w+\.)?store", path.read_text())
    ]

    assert [] == offenders
