"""Which addresses nothing is sent to."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from amity.actions.addresses import refusal

NEVER = [
    "169.254.169.254", "169.254.1.1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "100.100.100.200",
    "224.0.0.1", "ff02::1", "0.0.0.0", "::", "255.255.255.255", "240.0.0.1", "192.0.2.1",
    "2001:db8::1", "100::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
    "2001:0:53aa:64c::1", "4000::1", "::a9fe:a9fe",
]  # fmt: skip
PRIVATE = [
    "127.0.0.1", "127.9.9.9", "::1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "100.64.0.1", "fc00::1", "fd12::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1",
    "2002:0a00:0001::1", "::127.0.0.1",
]  # fmt: skip
PUBLIC = ["93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:2800:220:1::1", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_refused_even_if_private_ones_are_allowed(address):
    assert refusal(ip_address(address), allow_private=True)
    assert refusal(ip_address(address), allow_private=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused_unless_allowed(address):
    assert refusal(ip_address(address), allow_private=False)
    assert not refusal(ip_address(address), allow_private=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_sent_to(address):
    assert not refusal(ip_address(address), allow_private=False)
