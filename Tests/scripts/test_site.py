"""scripts/site: the documentation as a site of plain files."""

import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import urllib.parse

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

pytestmark = pytest.mark.skipif(not shutil.which("mkdocs"), reason="mkdocs is not installed")


def build(root, target):
    return subprocess.run(
        [root / "scripts/site", str(target)], capture_output=True, text=True, timeout=120,
        env={**os.environ, "NO_COLOR": "1"},
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    target = tmp_path_factory.mktemp("site") / "a site"
    done = build(ROOT, target)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == f"{target}/index.html\n"
    return target


class Page(html.parser.HTMLParser):
    """What a page refers to: what a browser fetches by itself, where links lead, what has a name."""

    def __init__(self, path):
        super().__init__()
        self.fetched, self.links, self.names = [], [], set()
        self.text = path.read_text()
        self.feed(self.text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.names |= {given[key] for key in ("id", "name") if given.get(key)}
        if given.get("src"):
            self.fetched.append(given["src"])
        if given.get("href"):
            (self.fetched if tag == "link" else self.links).append(given["href"])


def test_every_page_is_there_and_leads_somewhere(site):
    pages = {path.name: Page(path) for path in site.glob("*.html") if path.name != "404.html"}
    assert set(pages) == {f"{path.stem}.html" for path in (ROOT / "docs").glob("*.md")}
    for name, page in pages.items():
        for link in page.fetched + page.links:
            address = urllib.parse.urlsplit(link)
            if address.scheme in ("http", "https"):
                continue
            target = urllib.parse.unquote(address.path) or name
            assert (site / target).exists(), f"{name}: {link}"
            if address.fragment and target.endswith(".html"):
                assert urllib.parse.unquote(address.fragment) in pages[target].names, f"{name}: {link}"


def test_nothing_is_fetched_from_the_network(site):
    for path in site.rglob("*.html"):
        for address in Page(path).fetched:
            assert not re.match(r"(https?:)?//", address), f"{path.name}: {address}"
    for path in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", path.read_text()), path.name


def test_the_reference_has_every_name_of_the_registry(site):
    page = Page(site / "reference.html").text
    names = re.findall(r"^#### `([\w.:]+)", (ROOT / "docs/reference.md").read_text(), re.M)
    assert len(names) > 40
    for name in names:
        assert name in page


def test_code_is_code(site):
    for path in site.glob("*.html"):
        assert "<p>```" not in path.read_text(), path.name


@pytest.fixture
def copy(tmp_path):
    root = tmp_path / "checkout"
    for name in ("docs", "scripts"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "mkdocs.yml", root)
    return root


def test_a_link_to_nowhere_is_an_error(copy, tmp_path):
    (copy / "docs/paths.md").write_text("# Paths\n\n[lost](nowhere.md)\n")
    done = build(copy, tmp_path / "site")
    assert done.returncode != 0
    assert "nowhere.md" in done.stdout + done.stderr


def test_a_folder_with_other_files_is_left_alone(copy, tmp_path):
    target = tmp_path / "mine"
    target.mkdir()
    (target / "precious").write_text("x")
    assert build(copy, target).returncode == 73
    assert (target / "precious").read_text() == "x"
