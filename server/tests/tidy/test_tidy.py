"""The house rules that a linter does not hold."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "server" / "src" / "fluoro"
FILES = sorted(SOURCE.rglob("*.py"))
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600


def relative(path):
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_files_and_functions_fit_in_the_eye(path):
    text = path.read_text()
    assert len(text.splitlines()) <= FILE_LINES_MAX
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno
            assert lines <= FUNCTION_LINES_MAX, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_only_the_store_and_the_filter_compiler_write_sql(path):
    room = path.relative_to(SOURCE).parts[0]
    if room in ("store", "filters", "shop"):  # the shop invents SQL to show
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value.split()
            sql = words[:1] in (["SELECT"], ["INSERT"]) and {"FROM", "INTO"} & {*words}
            assert not sql or path.name == "spool.py", node.value


def test_imports_run_downward():
    from importlinter.cli import lint_imports

    assert (
        lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0
    )


def test_nothing_tracked_holds_a_download_address():
    """A lock names versions and hashes; an index is the machine's own business."""
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    hosts = re.compile(r"(pythonhosted|npmjs|pypi)\.(org|com)")
    for name in filter(None, tracked):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".ico"}:
            text = path.read_text(errors="replace")
            assert not hosts.search(text), name
