"""By what clients without an account are told apart: their address, or their household's."""

import ipaddress
from functools import lru_cache

IPV6_PREFIX = 64
"""Bits of an IPv6 address that one household or server has for itself."""


@lru_cache(10_000)
def network_of(address: str) -> str:
    """Return an IPv4 address, or the IPv6 network of an address; "" for what is neither."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found.packed, IPV6_PREFIX), strict=False))
    return str(found)
