"""The distribution: what is in it, and that the README's steps work in an empty project."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.packaging

ROOT = Path(__file__).parents[2]

SETTINGS = """
INSTALLED_APPS += ["after_response", "rest_framework", "bootstrap4", "response.apps.ResponseConfig"]
REST_FRAMEWORK = {
    "PAGE_SIZE": 100,
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}
MARKDOWN_FILTER_WHITELIST_TAGS = ["a", "p", "code", "h1", "h2", "ul", "li", "strong", "em", "img"]
MARKDOWN_FILTER_WHITELIST_ATTRIBUTES = ["src", "style"]
MARKDOWN_FILTER_WHITELIST_STYLES = [
    "width", "height", "border-color", "background-color", "white-space", "vertical-align",
    "text-align", "border-style", "border-width", "float", "margin", "margin-bottom",
    "margin-left", "margin-right", "margin-top",
]
"""
URLS = """
from django.urls import include

urlpatterns += [
    path("slack/", include("response.slack.urls")),
    path("core/", include("response.core.urls")),
    path("", include("response.ui.urls")),
]
"""


def run(*command: object, **options: object) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def distributions(tmp_path_factory) -> tuple[Path, Path]:
    """The sdist and the wheel, built from what is committed or would be."""
    source = tmp_path_factory.mktemp("source")
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    run(sys.executable, "-m", "build", "--outdir", source / "dist", source)
    [sdist] = (source / "dist").glob("*.tar.gz")
    [wheel] = (source / "dist").glob("*.whl")
    return sdist, wheel


def test_the_index_takes_it(distributions):
    assert "FAILED" not in run(sys.executable, "-m", "twine", "check", "--strict", *distributions)


def test_what_is_in_the_wheel(distributions):
    names = set(zipfile.ZipFile(distributions[1]).namelist())
    wanted = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "response").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert wanted - names == set()
    tops = {name.split("/")[0] for name in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"response"}
    assert "response/py.typed" in names


@pytest.fixture(scope="session")
def project(distributions, tmp_path_factory) -> tuple[Path, Path]:
    """An empty project with the wheel installed, and its Python."""
    directory = tmp_path_factory.mktemp("project")
    run(sys.executable, "-m", "venv", directory / "venv")
    python = directory / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", distributions[1])
    run(python, "-m", "django", "startproject", "site_of_ours", directory)
    settings = directory / "site_of_ours" / "settings.py"
    settings.write_text(settings.read_text() + SETTINGS)
    urls = directory / "site_of_ours" / "urls.py"
    urls.write_text(urls.read_text() + URLS)
    return directory, python


def test_the_readmes_steps(project):
    directory, python = project
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DJANGO")}
    checked = subprocess.run(
        [python, "manage.py", "check"],
        cwd=directory, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for setting in ("SLACK_SIGNING_SECRET", "SLACK_TOKEN", "SITE_URL"):
        assert setting in checked.stderr
    run(python, "manage.py", "migrate", cwd=directory, env=environment)
    run(python, "manage.py", "makemigrations", "--check", cwd=directory, env=environment)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [python, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
        cwd=directory, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        ask = Asker(f"http://127.0.0.1:{port}")
        ask.wait()
        assert ask("/slack/slash_command", b"text=hi")[0] == 403
        assert ask("/slack/event", b"{}")[0] == 403
        assert ask("/core/incidents/")[0] in (401, 403)
        status, location = ask("/")
        assert (status, location) == (302, "/accounts/login/?next=/")
        assert ask("/admin/login/")[0] == 200
    finally:
        server.terminate()
        server.wait()


class Asker:
    """Asks for addresses without following redirects."""

    def __init__(self, root: str) -> None:
        self.root = root

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *args, **kwargs):
                return None

        self.opener = urllib.request.build_opener(Stay)

    def wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                self("/admin/login/")
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def __call__(self, path: str, body: bytes | None = None) -> tuple[int, str]:
        try:
            with self.opener.open(self.root + path, data=body, timeout=20) as answer:
                return answer.status, ""
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("Location", "")


def test_the_sdist_installs_by_its_shim(distributions, tmp_path):
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", distributions[0])
    found = run(python, "-c", "import response; print(response.__version__)", cwd=tmp_path)
    version = re.search(r'__version__ = "(.+)"', (ROOT / "response/__init__.py").read_text())
    assert found.strip() == version[1]
