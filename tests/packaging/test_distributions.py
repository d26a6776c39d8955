"""What is in the distributions, and that they install."""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from email.parser import Parser

import pytest

import response
from tests.packaging.tools import make_venv, run

pytestmark = pytest.mark.packaging


def test_the_index_takes_them(distributions):
    said = run(sys.executable, "-m", "twine", "check", "--strict", *distributions)
    assert said.count("PASSED") == 2


def test_the_wheel_holds_the_package_and_nothing_else(distributions, source):
    wheel = zipfile.ZipFile(distributions[1])
    names = [name for name in wheel.namelist() if ".dist-info/" not in name]
    package = [path for path in (source / "response").rglob("*") if path.is_file()]
    assert sorted(names) == sorted(str(path.relative_to(source)) for path in package)
    # The comparison says nothing of what the sources themselves lack.
    for pattern in (
        r"response/py\.typed",
        r"response/templates/response/home\.html",
        r"response/static/response/.+\.css",
        r"response/static/response/.+\.js",
        r"response/migrations/0001_.+\.py",
        r"response/migrations/0017_externaluser_deleted\.py",
        r"response/management/commands/response_tick\.py",
    ):
        assert any(re.fullmatch(pattern, name) for name in names), pattern


def test_the_sdist_holds_what_a_build_needs(distributions):
    with tarfile.open(distributions[0]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"pyproject.toml", "setup.py", "LICENSE", "README.md", "CHANGELOG.md"} <= names
    tops = {name.partition("/")[0] for name in names}
    assert tops.isdisjoint({"tests", "benchmarks", "demo", "docs", ".demo", ".venv"})


def test_what_the_wheel_says_of_itself(distributions):
    wheel = zipfile.ZipFile(distributions[1])
    [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    said = Parser().parsestr(wheel.read(name).decode())
    assert said["Name"] == "django-incident-response"
    assert said["Version"] == response.__version__
    assert said["Requires-Python"] == ">=3.11"
    assert (said["License-Expression"], said["License-File"]) == ("MIT", "LICENSE")
    needed = {re.split(r"[^\w-]", line)[0].lower() for line in said.get_all("Requires-Dist")}
    assert {"django", "djangorestframework", "slack-sdk", "django-after-response"} <= needed


def test_every_module_imports_with_the_declared_dependencies_alone(installed, tmp_path):
    script = """
import importlib, pkgutil, django
from django.conf import settings
settings.configure(INSTALLED_APPS=[
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.messages",
    "after_response", "rest_framework", "bootstrap4", "response.apps.ResponseConfig",
])
django.setup()
import response
for module in pkgutil.walk_packages(response.__path__, "response."):
    if module.name == "response.tasks":
        continue  # Celery's own, for the extra; only Celery looks for it
    importlib.import_module(module.name)
    print(module.name)
"""
    imported = run(
        installed, "-W", "error::DeprecationWarning:response", "-c", script, cwd=tmp_path
    )
    assert {"response.slack.web_api.client", "response.core.urls", "response.ui.views"} <= set(
        imported.split()
    )


@pytest.mark.parametrize("what", ["checkout", "sdist"])
def test_pip_installs_the_sources(what, source, distributions, tmp_path):
    python = make_venv(tmp_path / "venv", sys.executable)
    where = source if what == "checkout" else distributions[0]
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", where)
    version = run(python, "-c", "import response; print(response.__version__)", cwd=tmp_path)
    assert version.strip() == response.__version__
