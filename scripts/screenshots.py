"""Makes the pictures of the documentation, docs/images/*.png, from the demo: ``make screenshots``.

The demo is started in a directory of its own, an incident is declared and worked on in the
sandbox by a browser, and what it shows is stored. Needs a font with emoji (Debian's package
fonts-noto-color-emoji).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1280, "height": 720}


def free_ports() -> int:
    """Return a port that is free, with the next one free too."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                other.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


@contextmanager
def demo() -> Iterator[int]:
    """Start the demo with a database of its own, and yield its port."""
    ours = ("DJANGO", "DATABASE", "SLACK_", "SANDBOX", "PORT")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    port = free_ports()
    with tempfile.TemporaryDirectory(prefix="response-screenshots-") as place:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "demo" / "manage.py"), "demo", "--port", str(port)],
            env={**kept, "SANDBOX": "1", "DATABASE_URL": f"sqlite:///{place}/demo.sqlite3"},
            cwd=place, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "Ctrl-C" in line:
                    break
            else:
                raise SystemExit("The demo did not start.")
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def say(page: Page, text: str) -> None:
    """Type into the composer of the sandbox."""
    page.locator("#composer").fill(text)
    page.locator("#composer").press("Escape")
    page.locator("#composer").press("Enter")


def submit(page: Page) -> None:
    """Send the form that is open."""
    page.locator("[role=dialog] button[type=submit]").click()
    expect(page.locator("[role=dialog]")).to_have_count(0)


def shoot(page: Page, name: str) -> None:
    """Store what the page shows."""
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


def play(page: Page, port: int) -> None:
    """Declare an incident, work on it, look at its page."""
    page.goto(f"http://127.0.0.1:{port + 1}/?as=ada")
    page.locator("#welcome-done").click()
    page.locator("[data-channel=incidents]").click()
    say(page, "/incident Checkout fails for one in five customers")
    page.locator("[data-block-id=summary] textarea").fill(
        "Payments time out since the 14:02 deploy.\nRolling back."
    )
    page.locator("[data-block-id=severity] select").select_option("2")
    shoot(page, "form")
    submit(page)
    headline = page.locator(".message:has([data-action-id=edit-incident-button])").last
    expect(headline).to_contain_text("Checkout fails")
    headline.locator("[data-action-id=create-comms-channel-button]").click()
    made = page.locator("[data-channel^=inc-]").last
    expect(made).to_be_visible()
    made.click()
    for text in ("@incident lead @chidi", "@incident action @bo Tell the shops"):
        say(page, text)
    expect(page.locator(".reaction[data-reaction=white_check_mark]")).to_have_count(2)
    # The pinned message follows within a few seconds, and says who leads.
    expect(page.locator(".message").first).to_contain_text("Chidi", timeout=20_000)
    shoot(page, "channel")
    page.locator("[data-channel=incidents]").click()
    expect(headline.locator("[data-action-id=create-comms-channel-button]")).to_have_count(0)
    expect(headline).to_contain_text("Chidi")
    headline.evaluate("message => message.scrollIntoView()")
    shoot(page, "sandbox")
    page.goto(f"http://127.0.0.1:{port}/")
    shoot(page, "incidents")
    page.get_by_role("link", name="Checkout fails").first.click()
    expect(page.get_by_role("heading", name="Checkout fails").first).to_be_visible()
    shoot(page, "incident")


def main() -> None:
    """Make all pictures."""
    path = os.environ.get("RESPONSE_TEST_BROWSER") or shutil.which("chromium")
    IMAGES.mkdir(exist_ok=True)
    with demo() as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = browser.new_context(viewport=SIZE, locale="en-GB", timezone_id="Europe/London")
        context.set_default_timeout(20_000)
        play(context.new_page(), port)
        browser.close()


if __name__ == "__main__":
    main()
