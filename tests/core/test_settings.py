"""Settings: who wins, what is refused, and that each is documented."""

from pathlib import Path

import pytest

from modelwright.core.errors import BadInput
from modelwright.core.settings import Settings, described, load_settings

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "settings.md").read_text()


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_each_setting_is_documented(name: str) -> None:
    """The page has a heading for each setting, its variable and its default."""
    setting = next(s for s in described(Settings()) if s.name == name)

    assert f"### `{name}`" in PAGE
    assert f"`{setting.variable}`" in PAGE


def test_a_flag_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    """Flags, then variables, then the file, then the default."""
    file = tmp_path / "modelwright.toml"
    file.write_text('port = 1\nhost = "127.0.0.2"\nlog_level = "error"\n')

    settings = load_settings(
        {"port": 3, "home": None}, {"MODELWRIGHT_PORT": "2", "MODELWRIGHT_HOST": "127.0.0.3"}, file
    )

    assert (3, "127.0.0.3", "error", "modelwright-data") == (
        settings.port,
        settings.host,
        settings.log_level,
        settings.home,
    )


def test_lists_in_the_environment_are_parted_by_commas() -> None:
    """Blank parts are dropped."""
    settings = load_settings({}, {"MODELWRIGHT_ALLOWED_HOSTS": "a.example, b.example,"})

    assert ("a.example", "b.example") == settings.allowed_hosts


@pytest.mark.parametrize(
    ("flags", "environment", "says"),
    [
        ({"port": 70000}, {}, r"the flags is wrong: Expected `int` <= 65535 - at `\$\.port`"),
        ({}, {"MODELWRIGHT_PORT": "many"}, "the environment"),
        ({"url_prefix": "models/"}, {}, "begins with a slash"),
        ({"local_nodes": 2, "node_port": 0}, {}, "share node_port"),
        ({"log_level": "loud"}, {}, "log_level"),
    ],
)
def test_a_wrong_setting_says_which_and_from_where(
    flags: dict[str, object], environment: dict[str, str], says: str
) -> None:
    """The error names the setting, the source and the rule."""
    with pytest.raises(BadInput, match=says):
        load_settings(flags, environment)


def test_an_unknown_setting_in_the_file_is_refused(tmp_path: Path) -> None:
    """A typing error in the file is not silently the default."""
    file = tmp_path / "modelwright.toml"
    file.write_text("prot = 1\n")

    with pytest.raises(BadInput, match="prot"):
        load_settings({}, {}, file)


def test_passwords_are_never_shown() -> None:
    """The settings page shows where the database is, not how to get in."""
    shown = {s.name: s.value for s in described(Settings(database="postgresql://me:secret@db:5432/models"))}

    assert "postgresql://***@db:5432/models" == shown["database"]
