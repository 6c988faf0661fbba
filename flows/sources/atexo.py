"""The buyer profiles that run on Atexo's software (PLACE, Maximilien…): règlement and DCE, where they are given to all.

Off unless their hosts are named in the settings. It never fills in a name, never passes a captcha, and never accepts
terms that whoever installs Clausoscope has not accepted: such a tender is to be fetched by a person.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from flows.http import Client, Page
from flows.http_errors import BadStatus, HttpError, problem_of
from flows.retrieve import fetch_direct, joined, manual, opened
from flows.sources.base import CheckResult, Fetched
from flows.sources.settings import SourceSettings

_FORM = "ctl0$CONTENU_PAGE$EntrepriseFormulaireDemande$"
_ANONYMOUS = f"{_FORM}choixAnonyme"
_TERMS = f"{_FORM}accepterConditions"
_VALIDATE = "ctl0$CONTENU_PAGE$validateButton"
_WHOLE = "ctl0$CONTENU_PAGE$EntrepriseDownloadDce$completeDownload"
_TARGET = "PRADO_POSTBACK_TARGET"
_STATE = "PRADO_PAGESTATE"
_CAPTCHA = re.compile(r"captcha|turnstile", re.IGNORECASE)


def make_platform(settings: SourceSettings) -> AtexoPlatform | None:
    """The platform as configured; None when no host is named."""
    if not settings.atexo_hosts:
        return None
    return AtexoPlatform(settings.atexo_hosts, accepted=settings.atexo_terms_accepted, agent=settings.user_agent)


class AtexoPlatform:
    name = "atexo"

    def __init__(self, hosts: tuple[str, ...], *, accepted: bool, agent: str) -> None:
        self._hosts = {host.lower() for host in hosts}
        self._accepted = accepted
        self._agent = agent

    def handles(self, url: str) -> bool:
        return urlsplit(url).netloc.lower() in self._hosts and _consultation(url) is not None

    def fetch(self, url: str, folder: Path, client: Client) -> Fetched:
        """See `Platform.fetch`: the règlement by its link, the whole DCE by the anonymous form."""
        found = _consultation(url)
        if found is None:
            return Fetched(problems=(manual(url, "ce lien ne nomme pas de consultation"),))
        number, organism = found
        site = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
        page = f"{site}/app.php/entreprise/consultation/{number}?orgAcronyme={organism}"
        form = f"{site}/index.php?page=Entreprise.EntrepriseDemandeTelechargementDce&id={number}&orgAcronyme={organism}"
        parts = []
        try:
            if not self._may_visit(client, site, page, form):
                return Fetched(problems=(manual(page, "le site demande aux robots de ne pas venir"),))
            found_there = (fetch_direct(link, folder, client) for link in _reglements(client.get(page)))
            parts += [got for got in found_there if got]
            parts.append(self._dce(form, page, folder, client))
        except HttpError as error:
            parts.append(Fetched(problems=(problem_of(error), manual(page, "le site n'a pas répondu comme attendu"))))
        return joined(parts)

    def check(self, client: Client) -> CheckResult:
        """Whether every site answers, without asking for any tender."""
        for host in sorted(self._hosts):
            try:
                client.get(f"https://{host}/")
            except HttpError as error:
                return CheckResult(ok=False, message=str(error))
        return CheckResult(ok=True, message=f"{', '.join(sorted(self._hosts))} : sites joignables.")

    def _dce(self, form: str, page: str, folder: Path, client: Client) -> Fetched:
        asked = client.get(form)
        fields = _Fields(asked.text)
        if why := self._obstacle(asked, fields):
            return Fetched(problems=(manual(page, why),))
        choice = {f"{_FORM}RadioGroup": _ANONYMOUS, _TARGET: _VALIDATE}
        if _TERMS in fields.boxes:
            choice[_TERMS] = "on"
        address = urljoin(asked.url, fields.action or "")
        answer = client.post(address, form=fields.hidden | choice)
        given = _Fields(answer.text)
        if _WHOLE.replace("$", "_") not in given.links or _STATE not in given.hidden:
            why = "captcha" if _CAPTCHA.search(answer.text) else "le retrait anonyme n'a pas abouti"
            return Fetched(problems=(manual(page, why),))
        address = urljoin(answer.url, given.action or "")
        got = client.download(address, folder, form=given.hidden | {_TARGET: _WHOLE})
        return opened(got, folder) if got else Fetched()

    def _obstacle(self, page: Page, fields: _Fields) -> str | None:
        """Why the form is not for us."""
        if _CAPTCHA.search(page.text):
            return "captcha"
        if _STATE not in fields.hidden or _ANONYMOUS not in fields.choices:
            return "pas de retrait anonyme"
        if _TERMS in fields.boxes and not self._accepted:
            return "conditions d'utilisation à accepter, voir CLAUSOSCOPE_ATEXO_TERMS_ACCEPTED"
        return None

    def _may_visit(self, client: Client, site: str, *urls: str) -> bool:
        rules = RobotFileParser()
        try:
            rules.parse(client.get(f"{site}/robots.txt").text.splitlines())
        except BadStatus as error:
            if error.temporary or error.status in (401, 403):
                raise
            return True  # no rules
        return all(rules.can_fetch(self._agent, url) for url in urls)


def _consultation(url: str) -> tuple[str, str] | None:
    """Number of the consultation and code of its organism, from any of the addresses that name them."""
    parts = urlsplit(url)
    query = {name.lower(): values[0] for name, values in parse_qs(parts.query).items()}
    path = re.search(r"/entreprise/consultation/(\d+)", parts.path)
    number = path[1] if path else query.get("id") or query.get("refconsultation") or ""
    organism = query.get("orgacronyme", "")
    known = path or re.match(
        r"entreprise\.Entreprise(Details?Consultation|AdvancedSearch|DemandeTelechargementDce)$",
        query.get("page", ""),
        re.IGNORECASE,
    )
    return (number, organism) if known and number.isdecimal() and re.fullmatch(r"\w+", organism) else None


def _reglements(page: Page) -> list[str]:
    """The addresses of the règlement: a plain link, where there is one."""
    links = _Fields(page.text).addresses
    return list(dict.fromkeys(urljoin(page.url, link) for link in links if "EntrepriseDownloadReglement" in link))


class _Fields(HTMLParser):
    """What a page lets one send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.hidden: dict[str, str] = {}
        self.choices: set[str] = set()
        """Values of its radio buttons."""
        self.boxes: set[str] = set()
        """Names of its tick-boxes."""
        self.links: set[str] = set()
        """Identifiers of its links."""
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form" and given.get("method", "").lower() == "post" and self.action is None:
            self.action = given.get("action", "")
        elif tag == "a":
            self.links.add(given.get("id", ""))
            self.addresses.append(given.get("href", ""))
        elif tag == "input" and name:
            kind = given.get("type", "text").lower()
            if kind == "hidden":
                self.hidden[name] = value
            elif kind == "radio":
                self.choices.add(value)
            elif kind == "checkbox":
                self.boxes.add(name)
