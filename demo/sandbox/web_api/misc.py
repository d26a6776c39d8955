"""``auth.test``, ``team.info``, ``api.test``, ``apps.…``."""

from __future__ import annotations

import json

from demo.sandbox import app_manifests
from demo.sandbox.sockets import sockets
from demo.sandbox.web_api.registry import Answer, Arguments, method, required
from demo.sandbox.workspace import APP, BOT, BOT_USER, DOMAIN, TEAM, Refusal, address


@method("auth.test")
def auth_test(arguments: Arguments) -> Answer:
    """Answer with the owner of the token."""
    return {
        "url": address(),
        "team": "Sandbox",
        "user": "incident",
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


@method("team.info", "team:read")
def team_info(arguments: Arguments) -> Answer:
    """Answer with the workspace."""
    return {"team": {"id": TEAM, "name": "Sandbox", "domain": DOMAIN}}


@method("api.test")
def api_test(arguments: Arguments) -> Answer:
    """Answer with the arguments that were sent."""
    if arguments.get("error"):
        return {"ok": False, "error": str(arguments["error"]), "args": arguments}
    return {"args": arguments}


@method("apps.connections.open", "connections:write", for_app=True)
def open_connection(arguments: Arguments) -> Answer:
    """Answer with an address for a WebSocket; see ``sockets.py``."""
    return {"url": sockets.address()}


@method("apps.manifest.create", for_configuration=True)
def create_app(arguments: Arguments) -> Answer:
    """Check a manifest, and say what Slack says of the app that it makes. None is made."""
    required(arguments, "manifest")
    try:
        manifest = json.loads(str(arguments["manifest"]))
    except ValueError:
        raise Refusal("invalid_manifest", errors=[]) from None
    if problems := app_manifests.problems(manifest):
        raise Refusal("invalid_manifest", errors=problems)
    return {
        "app_id": APP,
        "credentials": {
            "client_id": "1.2",
            "client_secret": "sandbox-client-secret",
            "verification_token": "sandbox-verification-token",
            "signing_secret": "sandbox-signing-secret",
        },
        "oauth_authorize_url": "https://slack.com/oauth/v2/authorize?client_id=1.2",
    }
