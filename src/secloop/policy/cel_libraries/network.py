"""Kubernetes' ip and cidr libraries. Source: k8s.io/apiserver/pkg/cel/library, ip.go and cidr.go."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from secloop.policy.cel_libraries.base import CIDR, IP, Function, method

_LONGEST = 64
"""Characters of an address with its mask."""

_IPV6_BITS = 128


def parse_ip(text: str) -> IPv4Address | IPv6Address:
    """Return an address. Raises: ValueError for none, one with a zone, or one of IPv4 in dots within IPv6."""
    if len(text) > _LONGEST or "%" in text or (":" in text and "." in text):
        raise ValueError(f"not an IP address: {text[:_LONGEST]}")
    return ip_address(text)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 address stands for, where it does."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _ip(text: str) -> str:
    return str(_plain(parse_ip(text)))


def _is_ip(text: str) -> bool:
    try:
        parse_ip(text)
    except ValueError:
        return False
    return True


def _is_canonical(text: str) -> bool:
    return str(parse_ip(text)) == text


def _split(text: str) -> tuple[IPv4Address | IPv6Address, int]:
    """Return address and prefix length of a range, the address with the bits that the mask hides."""
    address, slash, length = text[:_LONGEST].partition("/")
    if not slash or not length.isdecimal() or not length.isascii() or (len(length) > 1 and length[0] == "0"):
        raise ValueError(f"not a CIDR: {text[:_LONGEST]}")
    found = parse_ip(address)
    if int(length) > (_IPV6_BITS if found.version == 6 else 32):  # noqa: PLR2004 - the versions of IP
        raise ValueError(f"not a CIDR: {text[:_LONGEST]}")
    return found, int(length)


def _network(text: str) -> IPv4Network | IPv6Network:
    address, length = _split(text)
    return ip_network(f"{address}/{length}", strict=False)


def _cidr(text: str) -> str:
    address, length = _split(text)
    return f"{address}/{length}"


def _is_cidr(text: str) -> bool:
    try:
        _split(text)
    except ValueError:
        return False
    return True


def _contains_ip(network: str, address: str) -> bool:
    return parse_ip(address) in _network(network)


def _contains_cidr(network: str, other: str) -> bool:
    outer, inner = _network(network), _network(other)
    return outer.version == inner.version and inner.network_address in outer and inner.prefixlen >= outer.prefixlen


def _address(network: str) -> str:
    return str(_split(network)[0])


def _masked(network: str) -> str:
    return str(_network(network))


def _length(network: str) -> int:
    return _split(network)[1]


def _family(text: str) -> int:
    return parse_ip(text).version


def _is_unspecified(text: str) -> bool:
    return parse_ip(text).is_unspecified


def _is_loopback(text: str) -> bool:
    return parse_ip(text).is_loopback


def _is_link_local_multicast(text: str) -> bool:
    """Return whether it is in 224.0.0.0/24, or of scope 2 in ff00::/8."""
    address = parse_ip(text)
    if isinstance(address, IPv4Address):
        return address in IPv4Network("224.0.0.0/24")
    return address.packed[0] == 0xFF and address.packed[1] & 0x0F == 0x02  # noqa: PLR2004 - RFC 4291, 2.7


def _is_link_local_unicast(text: str) -> bool:
    address = parse_ip(text)
    return address.is_link_local and not address.is_multicast


def _is_global_unicast(text: str) -> bool:
    """Return Go's net.IP.IsGlobalUnicast, which holds for private addresses too."""
    address = parse_ip(text)
    others = address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local
    return not others and str(address) != "255.255.255.255"


def _same(text: str) -> str:
    return text


FUNCTIONS = (
    Function(name="ip", takes=("string",), gives=IP, run=_ip),
    Function(name="isIP", takes=("string",), gives="bool", run=_is_ip),
    Function(name="ip.isCanonical", takes=("string",), gives="bool", run=_is_canonical),
    Function(name="string", takes=(IP,), gives="string", run=_same),
    method("family", (IP,), "int", _family),
    method("isUnspecified", (IP,), "bool", _is_unspecified),
    method("isLoopback", (IP,), "bool", _is_loopback),
    method("isLinkLocalMulticast", (IP,), "bool", _is_link_local_multicast),
    method("isLinkLocalUnicast", (IP,), "bool", _is_link_local_unicast),
    method("isGlobalUnicast", (IP,), "bool", _is_global_unicast),
    Function(name="cidr", takes=("string",), gives=CIDR, run=_cidr),
    Function(name="isCIDR", takes=("string",), gives="bool", run=_is_cidr),
    Function(name="string", takes=(CIDR,), gives="string", run=_same),
    method("containsIP", (CIDR, IP), "bool", _contains_ip),
    method("containsIP", (CIDR, "string"), "bool", _contains_ip),
    method("containsCIDR", (CIDR, CIDR), "bool", _contains_cidr),
    method("containsCIDR", (CIDR, "string"), "bool", _contains_cidr),
    method("ip", (CIDR,), IP, _address),
    method("masked", (CIDR,), CIDR, _masked),
    method("prefixLength", (CIDR,), "int", _length),
)
