"""Read ALLOWED_HOSTS: hosts, with a port where it is not the usual one."""

import re

from django.core.exceptions import ImproperlyConfigured

HOST = re.compile(r"(\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]*:[0-9a-f:.]*\])(?::(\d{1,5}))?")


def ports_by_host(hosts: list[str]) -> dict[str, list[int | None]]:
    """Return the ports of each host; None stands for the usual ones.

    Raises ImproperlyConfigured for what is no host, such as an address with its scheme.
    """
    found: dict[str, list[int | None]] = {}
    for host in hosts:
        if "*" in host:
            raise ImproperlyConfigured(
                "ALLOWED_HOSTS must not contain '*': name the hosts to serve"
            )
        match = HOST.fullmatch(host.strip().lower())
        if match is None or (match[2] and not 0 < int(match[2]) < 65536):
            why = "hosts with commas between them, such as books.example or books.example:8443"
            raise ImproperlyConfigured(
                f"ALLOWED_HOSTS has {host!r}, which is not understood: {why}"
            )
        found.setdefault(match[1], []).append(int(match[2]) if match[2] else None)
    return found
