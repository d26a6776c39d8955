"""Nothing is sent where only this machine reaches."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from ipaddress import ip_address

import pytest
from django.core.checks import run_checks

from response.models import Incident, Webhook, WebhookDelivery
from response.webhooks import http
from response.webhooks.addresses import Forbidden, check, check_url, is_public, networks

FORBIDDEN = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1",
    "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.0.0.1",
    "::1", "::", "fc00::1", "fd12:3456::1", "fe80::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    "fec0::1", "3fff::1", "192.0.0.192", "192.0.0.8", "192.0.0.9", "192.88.99.1", "198.19.255.1",
    "2001:20::1", "3ffe::1", "4000::1", "100::1", "5f00::1", "2001:db8:ffff::1",
    "2a00::5efe:127.0.0.1",
    # A public address at the end of one that is not: ISATAP, local NAT64, 6to4, Teredo.
    "fe80::5efe:8.8.8.8", "fd00::5efe:8.8.8.8", "2001:db8::200:5efe:8.8.8.8", "ff02::5efe:8.8.8.8",
    "64:ff9b:1::8.8.8.8", "2002:808:808::1", "2001:0:4136:e378:8000:63bf:f7f7:f7f7",
    "::8.8.8.8", "::ffff:0:8.8.8.8",
]  # fmt: skip


@pytest.mark.parametrize("address", FORBIDDEN)
def test_forbidden(address):
    assert not is_public(ip_address(address))
    with pytest.raises(Forbidden, match="RESPONSE_WEBHOOK_ALLOWED_NETWORKS"):
        check(ip_address(address), "https", [])


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808", "2606:4700::5efe:8.8.8.8"],
)
def test_public(address):
    check(ip_address(address), "https", [])
    with pytest.raises(Forbidden, match="https"):
        check(ip_address(address), "http", [])


def test_a_network_that_is_allowed():
    allowed = networks(["10.1.0.0/16", "fd00:1::/64"])
    check(ip_address("10.1.2.3"), "http", allowed)
    check(ip_address("fd00:1::5"), "https", allowed)
    for other in ("10.2.0.1", "::ffff:10.2.0.1", "fd00:2::1"):
        with pytest.raises(Forbidden):
            check(ip_address(other), "https", allowed)


@pytest.mark.parametrize("url", [
    "ftp://example.com/", "https://", "example.com/x", "http://example.com/", "https://u:p@e.com/",
    "https://example.com/#x", "https://127.0.0.1/", "https://[::1]/", "https://localhost/",
    "https://a.localhost/", "https://localhost./", "https://ⓛocalhost/", "https://127.1/",
    "https://127。0。0。1/", "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.0.0.1./",
    "https://１２７.0.0.1/", "https://0/", "https://1.2.3.4.5/",
    "https://example.com:0/", "https://example.com:99999/", "https://[x/",
    "javascript:alert(1)", "file:///etc/passwd", "", "https://a b.example/", "https://a..b/",
    "https://example.com/a b", "https://example.com\\@evil.example/", "https://e.com/\u202e",
])  # fmt: skip
def test_a_url_that_is_refused_at_once(url):
    with pytest.raises(Forbidden):
        check_url(url, [])


@pytest.mark.parametrize("url", ["https://example.com/x?y=1", "https://8.8.8.8:8443/"])
def test_a_url_that_is_taken(url):
    check_url(url, [])


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "017700000001", "localhost", "[::1]"]
)
def test_this_machine_by_whatever_name(transactional_db, receiver, deliver, host):
    port = receiver.server.server_port
    Webhook.objects.create(name="Myself", url=f"https://{host}:{port}/")
    Incident.objects.create_incident("Down", None)
    deliver()
    assert receiver.requests == []
    delivery = WebhookDelivery.objects.get()
    assert delivery.status == "waiting"
    assert "is not a public address" in delivery.error


def test_a_name_with_a_public_and_a_private_address_is_refused(monkeypatch):
    def found(host, port, **kwargs):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
                for address in ("8.8.8.8", "127.0.0.1")]  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with pytest.raises(Forbidden):
        http.post("https://example.com/", b"{}", {}, [])


def test_the_next_address_is_tried_where_one_does_not_answer(monkeypatch, receiver):
    def found(host, port, *args, **kwargs):
        addresses = ("127.0.0.2", "127.0.0.1") if host == "two.example" else (host,)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    port = receiver.server.server_port
    answer = http.post(f"http://two.example:{port}/", b"{}", {}, networks(["127.0.0.0/8"]))
    assert answer.taken
    assert len(receiver.requests) == 1


def test_a_receiver_that_does_not_speak_http(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            connection, _address = server.accept()
            connection.recv(65536)
            connection.sendall(b"SSH-2.0-Other\r\n" * 3)
            connection.close()

        threading.Thread(target=speak, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(http.Unreachable):
            http.post(url, b"{}", {}, networks(["127.0.0.0/8"]))


def test_headers_that_drip_are_no_answer(monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _address = server.accept()
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-A: ")
            with contextlib.suppress(OSError):
                for _ in range(40):
                    connection.sendall(b"a")
                    time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(http.Unreachable):
            http.post(url, b"{}", {}, networks(["127.0.0.0/8"]))


def test_what_a_receiver_says_can_be_stored(receiver):
    receiver.answers = [{"status": 500, "body": "a\x00b"}]
    answer = http.post(receiver.url, b"{}", {}, networks(["127.0.0.0/8"]))
    assert (answer.status, answer.excerpt) == (500, "ab")


def test_a_name_that_changes_after_the_check_leads_nowhere_else(monkeypatch, receiver):
    """The connection goes to the address that was checked; the name is not looked up again."""
    asked, connected = [], []
    really = socket.socket.connect

    def found(host, port, *args, **kwargs):
        asked.append(host)
        address = "127.0.0.2" if host == "rebound.example" else host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(self, address):
        connected.append(address[0])
        return really(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    monkeypatch.setattr(socket.socket, "connect", connect)
    port = receiver.server.server_port
    with pytest.raises(http.Unreachable):  # the receiver listens at 127.0.0.1 only
        http.post(f"http://rebound.example:{port}/", b"{}", {}, networks(["127.0.0.2/32"]))
    assert asked.count("rebound.example") == 1
    assert set(connected) == {"127.0.0.2"}


def test_no_proxy_of_the_environment_is_used(monkeypatch, receiver):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    answer = http.post(receiver.url, b"{}", {}, networks(["127.0.0.0/8"]))
    assert answer.taken


def test_a_certificate_is_checked(receiver):
    url = f"https://127.0.0.1:{receiver.server.server_port}/"
    with pytest.raises(http.Unreachable):
        http.post(url, b"{}", {}, networks(["127.0.0.0/8"]))


@pytest.mark.parametrize("value", ["10.0.0.0/8", ["10.0.0.1/8"], ["everything"], 5])
def test_a_setting_that_is_no_list_of_networks_is_named(settings, value):
    settings.RESPONSE_WEBHOOK_ALLOWED_NETWORKS = value
    [message] = [m for m in run_checks() if m.id == "response.E013"]
    assert "RESPONSE_WEBHOOK_ALLOWED_NETWORKS" in message.msg
