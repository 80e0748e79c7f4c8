"""The generated documentation is current, and the check sees when it is not."""

import pytest
from tilework.tools import docs, ods


def test_generated_documentation_is_current():
    assert docs.outdated(ods.checkout() / "docs" / "generated") == []


@pytest.fixture
def folder(tmp_path):
    docs.write(tmp_path)
    assert docs.outdated(tmp_path) == []
    return tmp_path


def test_an_edited_page_is_outdated(folder):
    (folder / "dialects.md").write_text("written by hand")
    assert docs.outdated(folder) == ["dialects.md"]


def test_a_missing_page_is_outdated(folder):
    (folder / "language.md").unlink()
    assert docs.outdated(folder) == ["language.md"]


def test_a_page_that_nothing_writes_is_outdated(folder):
    (folder / "leftover.md").touch()
    assert docs.outdated(folder) == ["leftover.md"]


def test_pages_are_the_same_every_time():
    assert all(page() == page() for page in docs.PAGES.values())


def test_the_check_fails_by_its_exit_code(folder, monkeypatch, capsys):
    root = folder.parent / "checkout"
    monkeypatch.setattr(docs.ods, "checkout", lambda: root)
    assert docs.main(["--check"]) == 1
    assert "docs/generated/dialects.md is out of date; run ./dev docs" in capsys.readouterr().err


def test_every_operation_and_construct_has_its_place():
    from tilework.language.construct import registry

    dialects, language = docs.dialects_page(), docs.language_page()
    for name in ods.DIALECTS:
        for operation in ods.load(name).operations:
            assert f"### `{operation.name}`" in dialects
    for entry in registry():
        assert f"`{entry.usage()}`" in language or f"`pl.{entry.name}`" in language
