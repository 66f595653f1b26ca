"""Which addresses a webhook may be sent to.

A name of a target is looked up once, each address that it has is judged, and the connection is made
to an address that was judged: what the name means a moment later changes nothing.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

__all__ = ["Address", "refusal"]

Address = IPv4Address | IPv6Address

# Where clouds answer with credentials; inside ranges that a target may be allowed to have.
_METADATA = {ip_address(a) for a in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200")}
_PRIVATE = {
    "loopback": ("127.0.0.0/8", "::1/128"),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
    "shared between customers of a provider": ("100.64.0.0/10",),
}
_NEVER = {
    "link-local": ("169.254.0.0/16", "fe80::/10"),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
    "unspecified": ("0.0.0.0/8", "::/128"),
    "reserved": (
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
        "fec0::/10", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "100::/64", "64:ff9b:1::/48",
    ),
}  # fmt: skip
_PRIVATE_NETWORKS = [(word, ip_network(n)) for word, ns in _PRIVATE.items() for n in ns]
_NEVER_NETWORKS = [(word, ip_network(n)) for word, ns in _NEVER.items() for n in ns]
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_6TO4 = IPv6Network("2002::/16")
_GLOBAL_V6 = IPv6Network("2000::/3")


def refusal(address: Address, *, allow_private: bool) -> str:
    """Why nothing is sent to *address*, or nothing if it may be.

    >>> refusal(ip_address("::ffff:127.0.0.1"), allow_private=False)
    'loopback'
    >>> refusal(ip_address("169.254.169.254"), allow_private=True)
    'the metadata service of a cloud'
    >>> refusal(ip_address("93.184.216.34"), allow_private=False)
    ''
    """
    meant = _meant(address)
    if meant in _METADATA:
        return "the metadata service of a cloud"
    for word, network in _PRIVATE_NETWORKS:
        if meant in network:
            return "" if allow_private else word
    for word, network in _NEVER_NETWORKS:
        if meant in network:
            return word
    is_unassigned = isinstance(meant, IPv6Address) and meant not in _GLOBAL_V6
    return "reserved" if is_unassigned else ""


def _meant(address: Address) -> Address:
    """The IPv4 address that a packet to *address* may end at, if it carries one."""
    if isinstance(address, IPv4Address):
        return address
    # A zone (fe80::1%eth0) takes part in comparisons.
    plain = IPv6Address(int(address))
    if plain in _MAPPED or plain in _NAT64 or (plain in _COMPATIBLE and int(plain) > 1):
        return IPv4Address(int(plain) & 0xFFFFFFFF)
    if plain in _6TO4:
        return IPv4Address(int(plain) >> 80 & 0xFFFFFFFF)
    return plain
