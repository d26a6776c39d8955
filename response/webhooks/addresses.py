"""Check that a webhook's address is public.

A person who may write a webhook's URL must not reach what only this machine reaches: itself,
its neighbours, a cloud's metadata service. So nothing is sent to an address that is not
public, unless it lies in a network that ``RESPONSE_WEBHOOK_ALLOWED_NETWORKS`` names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: IPv6 addresses that stand for an IPv4 address, their last 32 bits (NAT64, RFC 6052): what a
#: name of an IPv4 host resolves to in a network without IPv4.
_NAT64 = ip_network("64:ff9b::/96")

#: Networks of which none is the public internet's, whatever the interpreter knows: IANA's
#: registries of special-purpose addresses (IPv4 and IPv6, as of 2026), the addresses that IANA
#: has not given to anyone, and what older standards set aside (site-local, 6bone, 6to4).
#: What these registries call globally reachable, such as the anycast addresses of DNS
#: services in 192.0.0.0/24, receives no webhooks.
_SPECIAL = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3ffe::/16",
        "3fff::/20",
    )
)
#: All that IANA has given out of IPv6 for the public internet (RFC 4291, "Global Unicast").
_IPV6_IN_USE = ip_network("2000::/3")


#: What resolvers take for an IPv4 address in other writings: ``127.1``, ``0x7f.1``, ``2130706433``
#: (WHATWG URL, "ends in a number").
_NUMERIC = re.compile(r"[0-9]++|0x[0-9a-f]*+")


class Forbidden(ValueError):
    """The address is not allowed; the message says why."""


def networks(values: Iterable[str]) -> list[Network]:
    """Parse the networks of a setting. Raises ``ValueError`` for an entry that is not one."""
    return [ip_network(value) for value in values]


def is_public(address: Address) -> bool:
    """Return whether an address can be reached from the whole internet."""
    if isinstance(address, IPv6Address):
        stands_for = IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
        stands_for = stands_for or address.ipv4_mapped
        if stands_for is not None:
            return is_public(stands_for)
        if address not in _IPV6_IN_USE or not _leads_to_public(address):
            return False
    if any(address in network for network in _SPECIAL if network.version == address.version):
        return False
    return address.is_global and not address.is_private


def _leads_to_public(address: IPv6Address) -> bool:
    """Return whether an address leads to no IPv4 address behind it, or to a public one (ISATAP)."""
    if address.packed[8:12] in (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe"):
        return is_public(IPv4Address(address.packed[12:]))
    return True


def check(address: Address, scheme: str, allowed: Iterable[Network]) -> None:
    """Raise :class:`Forbidden` if nothing may be sent to ``address`` by ``scheme``."""
    if any(address in network for network in allowed if network.version == address.version):
        return
    if not is_public(address):
        raise Forbidden(
            _(
                "%(address)s is not a public address. If that is intended, add its network to "
                "RESPONSE_WEBHOOK_ALLOWED_NETWORKS."
            )
            % {"address": address}
        )
    if scheme != "https":
        raise Forbidden(
            _(
                "Details of incidents are sent over https:// only, except to networks in "
                "RESPONSE_WEBHOOK_ALLOWED_NETWORKS."
            )
        )


def read_url(url: str) -> SplitResult:
    """Split a webhook's URL. Raises :class:`Forbidden` for one that cannot be used."""
    if re.search(r"[\s\x00-\x20\x7f\\]", url) or not url.isprintable():
        raise Forbidden(_("The URL must not contain spaces, backslashes or control characters."))
    try:
        parts = urlsplit(url)
        port = parts.port
        if parts.hostname:
            parts.hostname.encode("idna")
    except (ValueError, UnicodeError) as error:
        raise Forbidden(_("The URL cannot be read: %(error)s.") % {"error": error}) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise Forbidden(_("The URL must begin with https:// and name a host."))
    if parts.username is not None or parts.password is not None:
        raise Forbidden(
            _("The URL must not contain a user name or password: the signature says who sends it.")
        )
    if parts.fragment:
        raise Forbidden(_("The URL must not have a part after #: it would not be sent."))
    return parts


def check_url(url: str, allowed: Iterable[Network]) -> None:
    """Check a URL without looking up its host. Raises :class:`Forbidden`."""
    parts = read_url(url)
    # Normalised as resolvers do it: compatible characters are equal, a final full stop is dropped.
    host = unicodedata.normalize("NFKC", parts.hostname or "").casefold()
    host = host.replace("\u3002", ".").rstrip(".")  # the ideographic full stop is one in names
    allowed = list(allowed)
    try:
        literal = ip_address(host)
    except ValueError:
        if not allowed and (host == "localhost" or host.endswith(".localhost")):
            raise Forbidden(_("localhost is this machine itself.")) from None
        if not allowed and parts.scheme != "https":
            raise Forbidden(_("The URL must begin with https://.")) from None
        if _NUMERIC.fullmatch(host.rpartition(".")[2]):
            raise Forbidden(
                _("“%(host)s” is not a host name. Write an address as in 203.0.113.9.")
                % {"host": host[:80]}
            ) from None
        return
    check(literal, parts.scheme, allowed)
