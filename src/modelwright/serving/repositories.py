"""Addresses of commits and of what lies between two of them, for the hosts whose addresses are known. No I/O."""

import re
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

_COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")
_SCP: Final = re.compile(r"(?:[^@/\s]+@)?([A-Za-z0-9.\-]+):(?!//)([^\s]+)")
# Where the page of a commit is, and of a comparison, below the address of a repository.
_HOSTS: Final = {
    "github.com": ("/commit/{0}", "/compare/{0}...{1}"),
    "gitlab.com": ("/-/commit/{0}", "/-/compare/{0}...{1}"),
    "bitbucket.org": ("/commits/{0}", "/branches/compare/{1}%0D{0}"),
    "codeberg.org": ("/commit/{0}", "/compare/{0}...{1}"),
}


def without_login(repository: str) -> str:
    """The address as recorded, but without a name and password in it: those are nobody else's business.

    >>> without_login("https://ann:secret@github.com/acme/fraud.git")
    'https://github.com/acme/fraud.git'
    """
    scheme, mark, rest = repository.partition("://")
    if not mark:
        return repository
    place, slash, path = rest.partition("/")
    login, at, host = place.rpartition("@")
    kept = f"{login}@" if at and scheme == "ssh" and ":" not in login else ""
    return f"{scheme}://{kept}{host}{slash}{path}"


def commit_link(repository: str, commit: str) -> str:
    """The page of a commit; empty when that cannot be told.

    >>> commit_link("git@github.com:acme/fraud.git", "c0ffee1")
    'https://github.com/acme/fraud/commit/c0ffee1'
    """
    return _link(repository, 0, commit)


def compare_link(repository: str, before: str, after: str) -> str:
    """The page of what lies between two commits; empty when that cannot be told."""
    return _link(repository, 1, before, after)


def same_repository(one: str, other: str) -> bool:
    """Whether two addresses are of one repository, however they are written. One that is not known may be any."""
    return not one or not other or _plain(one) == _plain(other)


def _link(repository: str, which: int, *commits: str) -> str:
    host, path = _split(repository)
    forms = _HOSTS.get(host)
    if forms is None or not path or not all(_COMMIT.fullmatch(commit) for commit in commits):
        return ""
    return urlunsplit(("https", host, f"/{quote(path)}", "", "")) + forms[which].format(*commits)


def _plain(repository: str) -> tuple[str, str]:
    host, path = _split(repository)
    return (host, path) if host else ("", repository.strip())


def _split(repository: str) -> tuple[str, str]:
    """Host and path; the host is empty for a folder, or what nobody can read."""
    text = repository.strip()
    if "://" not in text:
        match = _SCP.fullmatch(text)
        host, path = (match[1], match[2]) if match else ("", text)
    else:
        try:
            parts = urlsplit(text)
        except ValueError:
            return "", text
        host, path = parts.hostname or "", parts.path
    return host.lower(), path.strip("/").removesuffix(".git")
