"""What is generated from the code is current."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
STALE = """
import runpy
generated = runpy.run_path("scripts/write_reference.py")["generated"]()
print(*(file for file, text in generated.items() if not file.exists() or text != file.read_text()))
"""


def test_generated_pages_are_current() -> None:
    """`make docs` would change nothing. In a process of its own: click remembers what a command was asked before."""
    done = subprocess.run([sys.executable, "-c", STALE], cwd=ROOT, check=True, capture_output=True, text=True)

    assert "" == done.stdout.strip()


def test_every_page_of_the_docs_can_be_reached_from_the_readme_or_the_index() -> None:
    """No page is an orphan: README.md or docs/README.md names it."""
    front = (ROOT / "README.md").read_text() + (ROOT / "docs" / "README.md").read_text()
    pages = [p.relative_to(ROOT / "docs").as_posix() for p in (ROOT / "docs").rglob("*.md") if p.name != "README.md"]

    assert [] == [page for page in pages if page not in front]
