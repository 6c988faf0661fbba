"""What we owe each host, and which hosts we refuse: pace, and no way into a private network."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from urllib.request import getproxies, proxy_bypass

import httpx

from flows.http_errors import ForbiddenAddress, Unreachable, shown


class Guard:
    """Refuses the addresses that are not of the public internet; `allowed`: hosts of ours that may be reached."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self._allowed = {host.lower() for host in allowed}

    def check(self, url: httpx.URL) -> None:
        """
        Raises:
            ForbiddenAddress: not http(s), or the host is, or resolves to, an address that is not public.
            Unreachable: the name of the host is not known.
        """
        if url.scheme not in ("http", "https") or not url.host:
            raise ForbiddenAddress(f"Adresse refusée : {shown(url)} n'est pas une adresse http(s) ; corrigez le lien.")
        if self._is_free(url):
            return
        try:
            found = socket.getaddrinfo(url.host, url.port or 443, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Unreachable(
                f"Machine {url.host} introuvable ({shown(url)}) : vérifiez l'adresse et la connexion.",
                temporary=getattr(error, "errno", None) == socket.EAI_AGAIN,
            ) from error
        for *_, address in found:
            _refuse_private(str(address[0]), url)

    def check_peer(self, answer: httpx.Response) -> None:
        """The machine that really answered: a name can resolve otherwise between the check and the connection.

        Raises:
            ForbiddenAddress: it is not public.
        """
        if self._is_free(answer.url):
            return
        peer = answer.extensions["network_stream"].get_extra_info("server_addr")
        _refuse_private(str(peer[0]), answer.url)

    def _is_free(self, url: httpx.URL) -> bool:
        """Ours, or reached by the proxy of the machine, which then decides."""
        return url.host.lower() in self._allowed or (url.scheme in getproxies() and not proxy_bypass(url.host))


def _refuse_private(address: str, url: httpx.URL) -> None:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if not ip.is_global or ip.is_multicast:
        raise ForbiddenAddress(
            f"Adresse refusée : {shown(url)} mène au réseau privé ({ip}) ; si cette machine est la vôtre, "
            f"ajoutez {url.host} à CLAUSOSCOPE_ALLOWED_PRIVATE_HOSTS."
        )


class Pace:
    """At most so many requests per second, and so many at once, to each host; safe between threads."""

    def __init__(self, *, per_second: float, at_once: int) -> None:
        self._gap = 1 / per_second
        self._at_once = at_once
        self._lock = threading.Lock()
        self._hosts: dict[str, _Turns] = {}

    @contextlib.contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait for our turn, and hold one of the places of the host until the end of the block."""
        with self._lock:
            turns = self._hosts.setdefault(host, _Turns(self._at_once))
        with turns.places:
            with self._lock:
                start = max(time.monotonic(), turns.next_start)
                turns.next_start = start + self._gap
            time.sleep(max(0.0, start - time.monotonic()))
            yield

    def hold(self, host: str, seconds: float) -> None:
        """No request to the host for so long: it asked for it."""
        with self._lock:
            turns = self._hosts.setdefault(host, _Turns(self._at_once))
            turns.next_start = max(turns.next_start, time.monotonic() + seconds)


class _Turns:
    def __init__(self, places: int) -> None:
        self.places = threading.BoundedSemaphore(places)
        self.next_start = 0.0
