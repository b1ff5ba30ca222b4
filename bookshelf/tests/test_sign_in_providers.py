"""The environment names the sites with which one can sign in, completely or not at all."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from bookshelf.sign_in_providers import read_providers
from bookshelf.tests.test_settings import start
from e2e.server import SETTINGS

GITHUB = {"GITHUB_CLIENT_ID": "id", "GITHUB_CLIENT_SECRET": "secret"}
GOOGLE = {"GOOGLE_CLIENT_ID": "id", "GOOGLE_CLIENT_SECRET": "secret"}
OIDC = {
    "OIDC_NAME": "Elsewhere",
    "OIDC_SERVER_URL": "https://sso.example/realms/books/",
    "OIDC_CLIENT_ID": "id",
    "OIDC_CLIENT_SECRET": "secret",
}


def test_each_complete_set_of_variables_is_a_provider():
    found = read_providers(GITHUB | GOOGLE | OIDC | {"OTHER": "x"}, debug=False)

    assert set(found.settings) == {"github", "openid_connect"}
    apps = found.settings["openid_connect"]["APPS"]
    assert [app["settings"]["server_url"] for app in apps] == [
        "https://accounts.google.com",
        "https://sso.example/realms/books",
    ]
    assert found.origins == [
        "https://github.com",
        "https://accounts.google.com",
        "https://sso.example",
    ]
    assert read_providers({}, debug=False) == ({}, [])


@pytest.mark.parametrize("names", [GITHUB, GOOGLE, OIDC])
def test_a_part_of_a_set_is_an_error_that_names_the_rest(names):
    for name in names:
        others = {each: value for each, value in names.items() if each != name}
        with pytest.raises(ImproperlyConfigured, match=name):
            read_providers(others | {name: " "}, debug=False)


@pytest.mark.parametrize(
    "url",
    ["sso.example", "http://sso.example", "https://", "https://a b", "https://x;y", "ftp://x"],
)
def test_an_address_that_is_none_is_an_error(url):
    with pytest.raises(ImproperlyConfigured, match="OIDC_SERVER_URL"):
        read_providers(OIDC | {"OIDC_SERVER_URL": url}, debug=False)
    with pytest.raises(ImproperlyConfigured, match="OIDC_ORIGINS"):
        read_providers(OIDC | {"OIDC_ORIGINS": url}, debug=False)


def test_further_origins_are_let_through():
    found = read_providers(
        OIDC | {"OIDC_ORIGINS": "https://a.example, https://b.example/"}, debug=0
    )

    assert found.origins[1:] == ["https://a.example", "https://b.example"]


def test_the_tests_own_servers_have_none_of_a_developers():
    assert {*GITHUB, *GOOGLE, *OIDC, "OIDC_ORIGINS"} <= SETTINGS


def test_the_policy_lets_a_form_lead_to_them():
    code = "from bookshelf import settings as s; print(s.CONTENT_SECURITY_POLICY)"

    assert "https://github.com" in start(code, **GITHUB).stdout
    assert "https://github.com" not in start(code).stdout
    assert "GITHUB_CLIENT_SECRET" in start(code, GITHUB_CLIENT_ID="id").stderr.splitlines()[-1]
