"""This site's side: its addresses, its pages, and whether Slack's requests get through."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from urllib.parse import urljoin

from django.conf import settings as django_settings
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from response.conf import settings
from response.setup import site
from response.setup.doctor.finding import Finding, fail, ok, warn
from response.slack.inbound import request_verification
from response.slack.web_api.transport import SiteAnswer, ask_own_site

#: Seconds: Slack gives up after 3.
SLOW, TOO_SLOW = 1.0, 3.0
TIMEOUT = 5.0


def examine() -> Iterator[Finding]:
    """Check what can be known without a request."""
    yield from _urls()
    yield from _hosts()
    yield from _login()
    if settings.signing_secrets:
        yield ok("signing_secret", _("SLACK_SIGNING_SECRET is set."))
    elif settings.SLACK_APP_TOKEN:
        yield ok("signing_secret", _("Socket Mode is used: no signing secret is needed."))
    else:
        yield fail(
            "signing_secret",
            _("SLACK_SIGNING_SECRET is not set: every request from Slack is refused."),
            _("Set it to Basic Information › Signing Secret, or use Socket Mode."),
        )


def _urls() -> Iterator[Finding]:
    missing = site.missing_includes()
    for line in missing:
        if site.has_namespace(line):
            yield fail(
                "urls",
                _(
                    "The project's urls.py includes a part of Response in a namespace, where its "
                    "addresses are not found."
                ),
                _("Include it without a namespace: %(line)s") % {"line": line},
            )
        else:
            yield fail(
                "urls",
                _("The project's urls.py lacks a part of Response."),
                _("Add: %(line)s") % {"line": line},
            )
    misplaced = site.misplaced_includes()
    for path, line in misplaced:
        yield fail(
            "urls",
            _(
                "In the project's urls.py, the prefix of a part of Response has one slash too many "
                "or too few: %(path)s is one of its addresses."
            )
            % {"path": path},
            _("Write: %(line)s") % {"line": line},
        )
    covered = site.covered_includes()
    for path, line in covered:
        yield fail(
            "urls",
            _("%(path)s should lead to Response, and another view of the project answers there.")
            % {"path": path},
            _(
                "In urls.py, put this above the entry that takes the address: %(line)s. If a "
                "page of the project has the same name as one of Response's, give it another."
            )
            % {"line": line},
        )
    if not (missing or misplaced or covered):
        yield ok("urls", _("The project's urls.py has Slack's addresses, the API and the pages."))


def _hosts() -> Iterator[Finding]:
    if not settings.SITE_URL:
        yield fail(
            "site_url",
            _("SITE_URL is not set: links in Slack lead nowhere."),
            _('Set it to where people reach this site, e.g. "https://incidents.example.com".'),
        )
        return
    if not site.is_address(settings.SITE_URL):
        yield fail(
            "site_url",
            _("SITE_URL is “%(value)s”, which is not an address.") % {"value": settings.SITE_URL},
            _('Write it in full, e.g. "https://incidents.example.com".'),
        )
        return
    if django_settings.DEBUG and not site.is_local():
        yield warn(
            "debug",
            _(
                "DEBUG is True, and SITE_URL is an address that others reach: pages of errors show "
                "the project's settings and code."
            ),
            _("Set DEBUG = False once you are done trying, with ALLOWED_HOSTS and static files."),
        )
    if site.is_host_refused():
        yield fail(
            "allowed_hosts",
            _("ALLOWED_HOSTS lacks %(host)s: Django refuses every request there.")
            % {"host": site.host()},
            f'ALLOWED_HOSTS = ["{site.host()}"]',
        )
    else:
        yield ok("allowed_hosts", _("ALLOWED_HOSTS has %(host)s.") % {"host": site.host()})
    if origin := site.untrusted_origin():
        yield warn(
            "csrf_origins",
            _("Where a proxy ends HTTPS, Django refuses forms from %(origin)s.")
            % {"origin": origin},
            f'CSRF_TRUSTED_ORIGINS = ["{origin}"]',
        )


def _login() -> Iterator[Finding]:
    if site.is_login_circular():
        yield fail(
            "login",
            _(
                "LOGIN_URL is %(url)s, a page that needs a login itself: people are sent round in "
                "circles."
            )
            % {"url": django_settings.LOGIN_URL},
            _(
                'Set it to the login page, e.g. LOGIN_URL = "login" with '
                'path("accounts/", include("django.contrib.auth.urls")) in urls.py.'
            ),
        )
    elif site.is_login_missing() and (where := site.login_page()):
        yield fail(
            "login",
            _("The pages need a login, and LOGIN_URL is %(url)s; the login page is %(where)s.")
            % {"url": django_settings.LOGIN_URL, "where": where},
            _('Set LOGIN_URL = "login".'),
        )
    elif site.is_login_missing():
        yield fail(
            "login",
            _("The pages need a login, and there is no page at %(url)s.")
            % {"url": django_settings.LOGIN_URL},
            _(
                'Add path("accounts/", include("django.contrib.auth.urls")) to urls.py, or set '
                "LOGIN_URL to the login that you have."
            ),
        )
    elif settings.RESPONSE_LOGIN_REQUIRED:
        yield ok("login", _("People log in at %(url)s.") % {"url": site.login_address()})
    else:
        yield warn(
            "login",
            _("RESPONSE_LOGIN_REQUIRED is False: anyone who can reach the pages can read them."),
            _("Keep it only behind a login of your own."),
        )


def ask() -> Iterator[Finding]:
    """Send a signed request to our own address, as Slack would, and get a static file."""
    if not site.is_address(settings.SITE_URL):
        return  # said already
    # With Socket Mode alone nothing is posted to us: it would be refused, and logged as an attack.
    only_socket = settings.SLACK_APP_TOKEN and not settings.signing_secrets
    try:
        path = reverse("health" if only_socket else "event")
    except NoReverseMatch:
        return  # said already
    address = urljoin(str(settings.SITE_URL), path)
    yield from _reached(address) if only_socket else _signed_request(address)
    if not django_settings.STATIC_URL:
        return
    try:
        style = static("response/response.css")
    except ValueError as error:
        # A storage with a manifest, and none has been written.
        yield fail(
            "static",
            _("The static files have not been collected: %(error)s") % {"error": error},
            "python manage.py collectstatic",
        )
        return
    yield from _static(urljoin(str(settings.SITE_URL), style))


def _reached(address: str) -> Iterator[Finding]:
    """Get the address for load balancers; problems found there do not keep Slack's requests out."""
    try:
        answer = ask_own_site(address, timeout=TIMEOUT)
    except OSError as error:
        yield _unreachable(address, error)
        return
    if answer.status == 200 and answer.body.startswith("{"):
        yield ok("address", _("%(url)s can be reached.") % {"url": address})
    else:
        what, remedy = _explained(answer)
        yield warn("address", f"{address}: {what}", remedy)


def _unreachable(address: str, error: OSError) -> Finding:
    by_socket = bool(settings.SLACK_APP_TOKEN)
    return (warn if by_socket else fail)(
        "address",
        _("%(url)s cannot be reached from here: %(error)s") % {"url": address, "error": error},
        _("Start the site. Slack itself does not need the address: Socket Mode is used.")
        if by_socket
        else _("Start the site, and check SITE_URL, the proxy and the certificate."),
    )


def _signed_request(address: str) -> Iterator[Finding]:
    challenge = "response-doctor"
    body = json.dumps({"type": "url_verification", "challenge": challenge})
    headers = {"Content-Type": "application/json"}
    secrets = settings.signing_secrets
    if secrets:
        stamp = str(int(time.time()))
        headers |= {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": request_verification.sign(secrets[0], stamp, body.encode()),
        }
    try:
        answer = ask_own_site(address, body.encode(), headers, TIMEOUT)
    except OSError as error:
        yield _unreachable(address, error)
        return
    if answer.status == 200 and answer.body == challenge:
        yield from _in_time(address, answer)
    elif not secrets and answer.status == 403:
        yield ok("address", _("%(url)s can be reached.") % {"url": address})
    else:
        what, remedy = _explained(answer)
        bad = warn if settings.SLACK_APP_TOKEN else fail
        yield bad("address", f"{address}: {what}", remedy)


def _in_time(address: str, answer: SiteAnswer) -> Iterator[Finding]:
    yield ok("address", _("%(url)s accepts a signed request.") % {"url": address})
    took = _("It answers within %(seconds).1f seconds.") % {"seconds": answer.seconds}
    if answer.seconds >= TOO_SLOW:
        yield fail(
            "answer_time",
            took,
            _("Slack gives up after 3 seconds: run more workers, or a faster machine."),
        )
    elif answer.seconds >= SLOW:
        yield warn("answer_time", took, _("Slack gives up after 3 seconds."))
    else:
        yield ok("answer_time", took)


def _explained(answer: SiteAnswer) -> tuple[str, str]:
    """Return what an answer that Slack would not accept means and what to do, in sentences."""
    values = {"status": answer.status, "to": answer.headers.get("location", "?")}
    if answer.status == 403 and answer.body.startswith("Not signed by Slack"):
        return _("the signature is refused."), _(
            "The running site has a different SLACK_SIGNING_SECRET from this command, or its "
            "clock is wrong. Restart it with the same settings."
        )
    if 300 <= answer.status < 400:
        return _("it redirects to %(to)s.") % values, _(
            "Slack's requests get lost on the way: set SITE_URL to that address, or, if a proxy "
            "ends HTTPS, set SECURE_PROXY_SSL_HEADER."
        )
    if answer.status == 400:
        return _("the site refuses the request (400)."), _(
            "ALLOWED_HOSTS of the running site lacks the host, or the proxy passes on a "
            "different one."
        )
    if answer.status == 404:
        return _("there is no such page (404)."), _(
            "Another site answers at SITE_URL, or the proxy passes on only some paths."
        )
    if answer.status in (401, 403):
        return _("something in front of the site refuses the request (%(status)d).") % values, _(
            "Let /slack/ through without a login: Slack's requests carry a signature of their own."
        )
    if answer.status in (502, 503, 504):
        return _("the site is down, or its database is (%(status)d).") % values, _(
            "Start the site, and look at its log."
        )
    if answer.status >= 500:
        return _("the site fails with an error (%(status)d).") % values, _(
            "Look at the site's log, and run manage.py check with the site's settings."
        )
    return _("an unexpected answer (%(status)d).") % values, _(
        "Check that SITE_URL leads to this site, and look at its log."
    )


def _static(address: str) -> Iterator[Finding]:
    try:
        answer = ask_own_site(address, timeout=TIMEOUT)
    except OSError:
        return  # said already, unless the files are elsewhere, which pages do not depend on
    if answer.status == 200:
        yield ok("static", _("Static files are served."))
    elif answer.status != 404:
        what, remedy = _explained(answer)
        yield fail("static", f"{address}: {what}", remedy)
    else:
        yield fail(
            "static",
            _("Static files are not served: %(url)s answers %(status)d.")
            % {"url": address, "status": answer.status},
            _("Run manage.py collectstatic and serve STATIC_ROOT, or use WhiteNoise."),
        )
