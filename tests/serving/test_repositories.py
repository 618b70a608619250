"""Addresses of commits: right for the hosts that are known, and none for the others."""

import pytest

from modelwright.serving.repositories import commit_link, compare_link, same_repository, without_login

SSH, HTTPS = "git@github.com:acme/fraud.git", "https://github.com/acme/fraud"


@pytest.mark.parametrize(
    ("repository", "link"),
    [
        (SSH, "https://github.com/acme/fraud/commit/c0ffee1"),
        (HTTPS, "https://github.com/acme/fraud/commit/c0ffee1"),
        ("https://ann:secret@gitlab.com/a/b/c.git", "https://gitlab.com/a/b/c/-/commit/c0ffee1"),
        ("ssh://git@codeberg.org/acme/fraud.git", "https://codeberg.org/acme/fraud/commit/c0ffee1"),
        ("https://git.acme.example/fraud", ""),
        ("/srv/git/fraud", ""),
        ("https://[broken/fraud", ""),
        ("https://github.com/", ""),
        ("", ""),
    ],
)
def test_a_commits_page_is_known_for_known_hosts(repository: str, link: str) -> None:
    """However the repository is written; a login never gets into a link."""
    assert link == commit_link(repository, "c0ffee1")


def test_what_is_no_commit_gets_no_link() -> None:
    """A tag may hold anything, a script as well."""
    assert ("", "") == (commit_link(HTTPS, "../../x"), compare_link(HTTPS, "c0ffee1", "main?x"))


def test_two_commits_are_compared_where_the_host_does_that() -> None:
    """From the older to the newer."""
    assert "https://github.com/acme/fraud/compare/aaaaaaa...bbbbbbb" == compare_link(SSH, "aaaaaaa", "bbbbbbb")
    assert compare_link("https://bitbucket.org/a/b", "aaaaaaa", "bbbbbbb").endswith("/compare/bbbbbbb%0Daaaaaaa")


def test_one_repository_is_one_however_it_is_written() -> None:
    """By ssh, by https, with a login, and when nobody recorded one of both."""
    assert same_repository(SSH, HTTPS)
    assert same_repository("", HTTPS)
    assert same_repository("/srv/git/fraud", "/srv/git/fraud")
    assert not same_repository("git@github.com:acme/other.git", HTTPS)
    assert not same_repository("/srv/git/fraud", "/srv/git/other")


def test_logins_are_not_told() -> None:
    """Names and passwords in a recorded address stay out; the user of ssh, which is no secret, stays."""
    assert "https://github.com/acme/fraud" == without_login("https://ann:s3cret@github.com/acme/fraud")
    assert "ssh://git@host/fraud" == without_login("ssh://git@host/fraud")
    assert "ssh://host/fraud" == without_login("ssh://git:pass@host/fraud")
    assert [SSH, "/srv/git"] == [without_login(SSH), without_login("/srv/git")]
