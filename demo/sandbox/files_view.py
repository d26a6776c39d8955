"""The bytes of files: posted by the app, and read with its token or on the page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from demo.sandbox.models import File, Message
from demo.sandbox.workspace import setting


@csrf_exempt
@require_POST
def upload(request: HttpRequest, ticket: str) -> HttpResponse:
    """Take as many bytes as were announced, plain or as the first file of a form."""
    file = File.objects.filter(ticket=ticket, completed=False).first()
    if file is None:
        return HttpResponse("not_found", status=404)
    sent = next(iter(request.FILES.values()), None)
    content = sent.read() if sent else request.body
    if len(content) != file.length:
        return HttpResponse(f"{len(content)} bytes instead of {file.length}", status=400)
    file.content = content
    file.save(update_fields=["content"])
    return HttpResponse(f"OK - {len(content)}")


@require_GET
def download(request: HttpRequest, file_id: str, name: str) -> HttpResponse:
    """Give a file to the app, or to a page of a channel in which it was shared."""
    file = File.objects.filter(pk=file_id, completed=True).first()
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if file is None or (token and token != setting("SLACK_TOKEN")):
        return HttpResponse("not_found", status=404)
    if not token and not _is_shared(file):
        return HttpResponse("not_found", status=404)
    answer = HttpResponse(bytes(file.content or b""), content_type="application/octet-stream")
    # Never shown in the sandbox's own page, whatever it is.
    answer["Content-Disposition"] = f'attachment; filename="{file.id}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _is_shared(file: File) -> bool:
    shared = Message.objects.filter(deleted=False).exclude(files=[])
    return any(f.get("id") == file.id for message in shared for f in message.files)
