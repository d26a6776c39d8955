#!/usr/bin/env python
"""Django's command line for the demo project. Works from any directory."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run a command."""
    # Run as a script, the directory of this file is on the path, and not the one above,
    # where the packages `demo` and `response` are.
    root = str(Path(__file__).resolve().parent.parent)
    sys.path[0:1] = [root]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
    if sys.argv[1:2] == ["demo"]:
        # The settings need to know before they are loaded; see demo/settings.py.
        os.environ["DEMO"] = "1"
    if sys.argv[1:2] in (["response_manifest"], ["response_doctor"]):
        # These come before there are tokens: one makes the app, the other says what is missing.
        os.environ["SETTING_UP"] = "1"
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"The demo cannot start: {error}")


if __name__ == "__main__":
    main()
