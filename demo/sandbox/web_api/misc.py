"""``auth.test``, ``team.info``, ``api.test``, ``apps.connections.open``."""

from __future__ import annotations

from demo.sandbox.sockets import sockets
from demo.sandbox.web_api.registry import Answer, Arguments, method
from demo.sandbox.workspace import BOT, BOT_USER, DOMAIN, TEAM, address


@method("auth.test")
def auth_test(arguments: Arguments) -> Answer:
    """Whose token it is."""
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
    """The workspace."""
    return {"team": {"id": TEAM, "name": "Sandbox", "domain": DOMAIN}}


@method("api.test")
def api_test(arguments: Arguments) -> Answer:
    """An echo."""
    if arguments.get("error"):
        return {"ok": False, "error": str(arguments["error"]), "args": arguments}
    return {"args": arguments}


@method("apps.connections.open", "connections:write", for_app=True)
def open_connection(arguments: Arguments) -> Answer:
    """An address for a WebSocket; see ``sockets.py``."""
    return {"url": sockets.address()}
