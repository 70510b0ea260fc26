"""The page comes from this package only: vendored, hashed, under a policy that forbids the rest."""

import hashlib
import json
import re

import pytest

from gridgeo.api.page import PAGE, VENDOR

OWN = sorted(path for path in PAGE.rglob("*") if path.is_file())


def vendored() -> dict[str, str]:
    packages = json.loads((VENDOR / "VENDOR.json").read_text())
    return {name: digest for package in packages.values() for name, digest in package["sha256"].items()}


@pytest.mark.parametrize("name", sorted(vendored()))
def test_a_vendored_file_is_the_one_that_was_reviewed(name):
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == vendored()[name]


def test_no_vendored_file_is_without_a_hash_and_a_licence():
    there = {path.name for path in VENDOR.iterdir()}
    assert there == {*vendored(), "VENDOR.json"}
    for package in json.loads((VENDOR / "VENDOR.json").read_text()).values():
        assert package["version"]
        assert package["licence"]
        assert any(name.startswith("LICENSE") for name in package["sha256"])


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_no_file_of_the_page_refers_to_another_host(path):
    namespaces = {"http://www.w3.org/2000/svg"}
    found = set(re.findall(r"""(?:https?:)?//[\w.-]+\.[a-z]{2,}[^\s"'<>]*""", path.read_text(encoding="utf-8")))
    assert found <= namespaces | {name.removeprefix("http:") for name in namespaces}


@pytest.mark.parametrize("name", ["ol.js", "ol.css"])
def test_a_vendored_file_asks_for_no_source_map_and_no_stylesheet(name):
    text = (VENDOR / name).read_text(encoding="utf-8")
    assert "sourceMappingURL" not in text
    assert not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//", text)


def test_the_page_has_no_inline_script_style_or_handler():
    html = (PAGE / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script[^>]*>(.*?)</script>", html, re.DOTALL) == ["", ""]
    assert not re.search(r"<style|\sstyle=|\son\w+=", html)


@pytest.mark.parametrize("path", ["/", "/static/app.js", "/static/vendor/ol.js", "/grids", "/nothing"])
def test_every_answer_carries_the_policy(client, path):
    answer = client.get(path)
    policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_and_every_file_it_names_are_served(client):
    html = client.get("/").text
    for name in re.findall(r'(?:src|href)="([^"]+)"', html):
        assert client.get(f"/{name}").status_code == 200, name


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_there_is_no_documentation_page_that_loads_from_outside(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"])
def test_nothing_beside_the_page_is_served(client, path):
    assert client.get(path).status_code == 404
