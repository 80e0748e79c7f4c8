"""The documents tell the truth: snippets run and print what they say, links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "dialects/*/README.md", "models/**/*.md")
    for path in ROOT.glob(pattern)
)
SNIPPET = re.compile(r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?", re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def name(path):
    return str(path.relative_to(ROOT))


SNIPPETS = [
    pytest.param(code, output, id=f"{name(path)}:{index}")
    for path in DOCUMENTS
    for index, (code, output) in enumerate(SNIPPET.findall(path.read_text()))
]


@pytest.mark.parametrize("code, output", SNIPPETS)
def test_snippet_prints_what_the_document_says(code, output, tmp_path):
    script = tmp_path / "snippet.py"
    script.write_text(code)
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    assert run.stdout == output


def test_the_readme_has_a_snippet_with_output():
    assert any(output for _, output in SNIPPET.findall((ROOT / "README.md").read_text()))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_links_resolve(path):
    targets = [link for link in LINK.findall(path.read_text()) if "://" not in link]
    missing = [target for target in targets if not (path.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("path", sorted((ROOT / "docs/rationale").glob("*.md")), ids=name)
def test_rationales_are_numbered(path):
    number, title = re.match(r"(\d{4})-([a-z0-9-]+)$", path.stem).groups()
    assert path.read_text().startswith(f"# {number}: "), title
