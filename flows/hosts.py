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

from flows.http_errors import BadStatus, ForbiddenAddress, HttpError, Incomplete, TooSlow, Unreachable, shown

MAX_WAIT = 300.0
"""Seconds that one host may make us wait, all in all; asked for more, we give up until the next run."""


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
        if self._is_ours(url):
            return
        if literal := _literal(url.host):
            _refuse_private(literal, url)
        if self._is_proxied(url):
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
        if self._is_ours(answer.url) or self._is_proxied(answer.url):
            return
        peer = answer.extensions["network_stream"].get_extra_info("server_addr")
        _refuse_private(str(peer[0]), answer.url)

    def _is_ours(self, url: httpx.URL) -> bool:
        return url.host.lower() in self._allowed

    def _is_proxied(self, url: httpx.URL) -> bool:
        """Reached by the proxy of the machine, which resolves the name and decides."""
        return bool({url.scheme, "all"} & set(getproxies())) and not proxy_bypass(url.host)


def _literal(host: str) -> str | None:
    """The address that a host is without any resolver: « 10.0.0.1 », « 2130706433 », « localhost »."""
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return "127.0.0.1"
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(host.partition("%")[0]))
    with contextlib.suppress(OSError, UnicodeError):
        return socket.inet_ntoa(socket.inet_aton(host))
    return None


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

    def hold(self, host: str, seconds: float) -> bool:
        """No request to the host for so long: it asked for it; False when it has asked for too much."""
        with self._lock:
            turns = self._hosts.setdefault(host, _Turns(self._at_once))
            now = time.monotonic()
            more = now + seconds - max(now, turns.next_start)
            if turns.held + more > MAX_WAIT:
                return False
            if more > 0:
                turns.held += more
                turns.next_start = now + seconds
            return True


class _Turns:
    def __init__(self, places: int) -> None:
        self.places = threading.BoundedSemaphore(places)
        self.next_start = 0.0
        self.held = 0.0


class Health:
    """Leaves alone the hosts that failed so many requests in a row, each with its tries; safe between threads."""

    def __init__(self, *, requests: int, tries: int) -> None:
        self._most = requests * tries
        self._tries = tries
        self._lock = threading.Lock()
        self._failed: dict[str, int] = {}
        """Tries in a row, by host."""

    @contextlib.contextmanager
    def watched(self, url: httpx.URL) -> Iterator[None]:
        """Count how the block ends.

        Raises:
            Unreachable: the host is left alone.
        """
        host = url.netloc.decode()
        with self._lock:
            if self._failed.get(host, 0) >= self._most:
                raise Unreachable(
                    f"{shown(url)} n'est pas demandé : {url.host} a échoué trop de fois de suite ; relancez plus tard."
                )
        try:
            yield
        except ForbiddenAddress:  # it was not asked
            raise
        except (httpx.TransportError, HttpError) as error:
            self._count(host, error)
            raise
        else:
            self._count(host, None)

    def _count(self, host: str, error: Exception | None) -> None:
        failed = isinstance(error, (httpx.TransportError, Unreachable, Incomplete, TooSlow)) or (
            isinstance(error, BadStatus) and (error.status >= 500 or error.status in (408, 429))
        )
        lasting = isinstance(error, HttpError) and not error.temporary  # nobody tries again
        with self._lock:
            self._failed[host] = self._failed.get(host, 0) + (self._tries if lasting else 1) if failed else 0
