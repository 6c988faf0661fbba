"""Sending the morning report: a webhook, a mail, each by configuration; without it nothing is sent."""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import urlsplit

import httpx
import tenacity

from extractors.errors import ClausoscopeError
from flows.report_settings import ReportSettings
from models import NightSummary

SIGNATURE = "X-Clausoscope-Signature"
TIMEOUT = 30
ATTEMPTS = 3


class NotifyError(ClausoscopeError):
    """The report could not be sent; it is written all the same."""

    code = "notify"


class _MayPass(NotifyError):
    """Trying again at once may do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A report, in the shapes that people and programs read."""

    summary: NightSummary
    title: str
    warnings: tuple[str, ...]
    markdown: str
    html: str


def send_letter(letter: Letter, settings: ReportSettings) -> Iterator[Callable[[], None]]:
    """The ways by which the settings ask to send it, each to be called; it raises NotifyError."""
    if settings.webhook_url:
        yield lambda: post_webhook(letter, settings)
    if settings.mail_to:
        yield lambda: send_mail(letter, settings)


def payload(letter: Letter) -> bytes:
    """The body of the webhook; chat services show its `text`."""
    night = letter.summary
    told = {
        "schema": 1,
        "night": night.night_id,
        "started_at": night.started_at.isoformat(),
        "finished_at": night.finished_at and night.finished_at.isoformat(),
        "title": letter.title,
        "text": letter.markdown,
        "warnings": letter.warnings,
        "new_tenders": len(night.new_tenders),
        "new_clauses": len(night.new_clauses),
        "hours": sum(total.hours for total in night.hours),
        "documents": night.documents,
        "sources": {source.name: source.state for source in night.sources},
    }
    return json.dumps(told, ensure_ascii=False).encode(errors="replace")


def signature(body: bytes, secret: str) -> str:
    """What proves to the receiver that the body is ours: HMAC-SHA256 with the shared secret, in hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def post_webhook(letter: Letter, settings: ReportSettings) -> None:
    """
    Raises:
        NotifyError: refused, or still not answered after a few attempts.
    """
    body = payload(letter)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Clausoscope"}
    if secret := settings.webhook_secret.get_secret_value():
        headers[SIGNATURE] = signature(body, secret)
    # The path often holds a secret: only the machine is told.
    where = urlsplit(settings.webhook_url).hostname or "?"

    def attempt() -> None:
        try:
            answer = httpx.post(settings.webhook_url, content=body, headers=headers, timeout=TIMEOUT)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            kind = _MayPass if isinstance(error, httpx.TransportError) else NotifyError
            raise kind(f"Webhook non envoyé : {where} ne répond pas ({error}) ; vérifiez l'adresse.") from error
        if not answer.is_success:
            kind = _MayPass if answer.is_server_error else NotifyError
            raise kind(
                f"Webhook non envoyé : {where} répond {answer.status_code} ; "
                "vérifiez CLAUSOSCOPE_WEBHOOK_URL et CLAUSOSCOPE_WEBHOOK_SECRET."
            )

    tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_MayPass),
        wait=tenacity.wait_random_exponential(multiplier=0.2, max=5),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        reraise=True,
    )(attempt)


def send_mail(letter: Letter, settings: ReportSettings) -> None:
    """
    Raises:
        NotifyError: the server cannot be reached, is not who it says, or refuses the message or an address.
    """
    server = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        with _connection(settings) as smtp:
            if settings.smtp_user:
                smtp.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            refused = smtp.send_message(mail(letter, settings))
    except (smtplib.SMTPException, OSError, UnicodeError, ValueError) as error:
        told = " ".join(str(error).split())
        raise NotifyError(f"Courriel non envoyé par {server} ({told}) ; vérifiez CLAUSOSCOPE_SMTP_*.") from error
    if refused:
        raise NotifyError(f"Courriel refusé pour {', '.join(refused)} par {server} ; vérifiez CLAUSOSCOPE_MAIL_TO.")


def mail(letter: Letter, settings: ReportSettings) -> EmailMessage:
    """The report as a mail, in plain text and in HTML."""
    message = EmailMessage()
    message["Subject"] = ("À vérifier – " if letter.warnings else "") + letter.title
    message["From"] = settings.mail_from
    message["To"] = ", ".join(settings.mail_to)
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain="clausoscope")
    message.set_content(letter.markdown)
    message.add_alternative(letter.html, subtype="html")
    return message


def _connection(settings: ReportSettings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT, context=context)
    smtp = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT)
    if settings.smtp_security == "starttls":
        try:
            smtp.starttls(context=context)
        except (smtplib.SMTPException, OSError):
            smtp.close()
            raise
    return smtp
