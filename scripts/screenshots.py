"""Pictures of every page, at the width of a desk and of a phone, light and dark.

    PYTHONPATH=. uv run python scripts/screenshots.py build/screenshots
    PYTHONPATH=. uv run python scripts/screenshots.py build/screenshots rollout node    # only pages named so

Starts a server of its own with the data of the browser tests. The pictures are for looking at, not for comparing: no
test asserts a pixel.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.pages import PAGES, named
from tests.browser.seed import seed
from tests.browser.server import CHROMIUM, FLAGS, running_server
from tests.browser.serving import running_node, serve

_SIZES = {1440: 900, 1024: 768, 390: 844}
_SETTLES_MS = 400  # charts draw after the network has fallen silent


def main(out: Path, parts: list[str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    chosen = {name: page for name, page in PAGES.items() if not parts or any(part in name for part in parts)}
    with (
        tempfile.TemporaryDirectory() as home,
        running_server(Path(home)) as url,
        running_node(url, Path(home) / "a-node") as serving,
        sync_playwright() as playwright,
    ):
        seeded = seed(url)
        served = serve(url, serving)
        paths = {name: named(path, seeded, served) for name, (path, _) in chosen.items()}
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for width in _SIZES:
            for theme in ("light", "dark"):
                _take(browser, url, paths, width, theme, out)
        browser.close()


def _take(browser: Browser, url: str, paths: dict[str, str], width: int, theme: str, out: Path) -> None:
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": _SIZES[width]},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    page = context.new_page()
    for name, path in paths.items():
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(_SETTLES_MS)
        page.screenshot(path=out / f"{name.replace(' ', '-').replace(chr(39), '')}-{width}-{theme}.png", full_page=True)
    context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots"), sys.argv[2:])
