"""What holds for every page: no script of ours, the strictest policy, an answer for each error."""

import re
import subprocess

import pytest
from django.conf import settings
from django.template import engines
from django.test import Client, RequestFactory
from django.views.defaults import server_error

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
SCRIPTING = {
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "an inline handler": r"\son[a-z]+\s*=",
    "hx-on": r"hx-on",
    "a js: value": r"[\"'\s]js:|javascript:",
    "a trigger filter": r"hx-trigger\s*=\s*[\"'][^\"']*\[",
    "an inline style": r"\sstyle\s*=|<style",
}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_script_or_style(template):
    text = template.read_text()
    assert [name for name, pattern in SCRIPTING.items() if re.search(pattern, text)] == []


def test_the_search_for_scripts_finds_them():
    for sample in (
        "<script>1</script>", "<a onclick='x'>", "<a hx-on:click='x'>", "<a hx-vals='js:{}'>",
        "<a hx-trigger='click[x]'>", "<a style='x'>",
    ):  # fmt: skip
        assert any(re.search(pattern, sample) for pattern in SCRIPTING.values()), sample


def test_the_project_has_no_script_file():
    listed = subprocess.run(
        ["git", "ls-files", "*.js", "*.mjs", "*.ts"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert listed.stdout == ""


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/nowhere/", "/changes/"])
def test_every_answer_bears_the_policy(path):
    policy = Client().get(path)["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_a_page_that_is_not_there_says_so_in_our_words():
    response = Client().get("/nowhere/")

    assert response.status_code == 404
    assert "not here" in response.content.decode()


def test_an_error_of_ours_apologises_without_a_database():
    response = server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    assert "sorry" in response.content.decode()


@pytest.mark.django_db
def test_there_is_a_favicon():
    assert Client().get("/favicon.ico", follow=True).redirect_chain[0][0].endswith("favicon.svg")


def test_all_templates_compile():
    for template in TEMPLATES:
        engines["django"].get_template(
            template.relative_to(settings.BASE_DIR / "templates").as_posix()
        )


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [True, False])
def test_an_answer_of_a_word_or_two_is_a_page_of_ours(settings, as_ana, debug):
    settings.DEBUG = debug

    for response, status in (
        (as_ana.get("/nowhere/"), 404),
        (as_ana.get("/posts/1/like/"), 405),
        (as_ana.post("/shelf/public/", {"public": "perhaps"}), 400),
        (as_ana.get("/changes/?topic=nonsense"), 400),
    ):
        assert response.status_code == status
        assert response.content.decode().count("<h1>") == 1
        assert int(response["Content-Length"]) == len(response.content)
    assert "POST" in as_ana.get("/posts/1/like/")["Allow"]
