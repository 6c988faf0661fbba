"""E-mails (.eml, Outlook .msg): what they say, and the files attached; never the names or addresses of people.

The standard library reads .eml, python-oxmsg reads .msg ([MS-OXMSG]).
"""

from __future__ import annotations

import email
import hashlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import parsedate_to_datetime
from io import BytesIO
from pathlib import Path
from typing import Literal

from olefile import OleFileIO
from oxmsg.domain import constants as pid
from oxmsg.domain.model import UnrecognizedCodePageError, UnsupportedEncodingError
from oxmsg.properties import Properties
from oxmsg.storage import Storage

from extractors.errors import DamagedMail
from extractors.labels import label_lines
from extractors.mailtext import html_text, without_people
from extractors.schema import Document, Line, Page

MailKind = Literal["eml", "msg"]

_SEALED = {
    "winmail.dat": "enveloppe Outlook (TNEF), non lue : demander les pièces à l'expéditeur, ou l'ouvrir dans Outlook",
    "smime.p7m": "message chiffré, non lu : l'ouvrir dans la messagerie et déposer les pièces",
}
"""Attachments that hold others which we do not read."""
_SEALED_TYPES = {"application/ms-tnef": "winmail.dat", "application/pkcs7-mime": "smime.p7m"}
# Raised by the parsers on what is damaged or made to harm
_MALFORMED = (
    ValueError, LookupError, TypeError, AttributeError, AssertionError, OSError, ArithmeticError, RecursionError,
    struct.error, UnrecognizedCodePageError, UnsupportedEncodingError,
)  # fmt: skip
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufeff\ufffe\uffff\u200b]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file inside another."""

    name: str
    """As written there: a stranger's words, not to be used as a path."""
    content: bytes | None
    refusal: str = ""
    """Why there is no content, in French, with what to do next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    subject: str
    sent: date | None
    text: str
    attachments: tuple[Attachment, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """What the message says: its subject and its day first, then its words."""
        heads = (self.subject and f"Objet : {self.subject}", self.sent and f"Date : {self.sent:%d/%m/%Y}")
        return (*(head for head in heads if head), *without_people(self.text.splitlines()))


def read_mail(data: bytes, kind: MailKind) -> Mail:
    """The message and its attachments.

    Raises:
        DamagedMail: nothing of it can be read; the message ends with what to do next.
    """
    try:
        return _outlook_mail(data) if kind == "msg" else _internet_mail(data)
    except _MALFORMED as error:
        raise DamagedMail("message illisible ; l'enregistrer de nouveau depuis la messagerie") from error


def mail_document(data: bytes, name: str, kind: MailKind) -> Document:
    """What a message says, as one page; raises DamagedMail."""
    try:
        mail = read_mail(data, kind)
    except DamagedMail as error:
        raise DamagedMail(f"{Path(name).name} : {error}") from error
    lines = tuple(Line(text=line, bbox=(0, 0, 0, 0)) for line in mail.lines)
    page = Page(number=1, width=0, height=0, lines=lines, state="text" if any(mail.lines) else "empty")
    return Document(
        path=name,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        pages=tuple(label_lines([page])),
        kind=kind,
        layout="text",
    )


# ---------------------------------------------------------------- .eml


def _internet_mail(data: bytes) -> Mail:
    message = email.message_from_bytes(data, policy=default)
    body = message.get_body(("plain", "html"))
    texts = [_words(body)] if body is not None else []
    attachments: list[Attachment] = []
    for part in _parts(message):
        if part is body or _is_decoration(part):
            continue
        if found := _attachment(part):
            attachments.append(found)
        elif part.get_content_type() == "text/plain":
            texts.append(_words(part))  # the text goes on after a file
    return Mail(
        subject=_header(message, "subject"),
        sent=_sent(message),
        text="\n".join(texts),
        attachments=tuple(attachments),
    )


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that hold something, in order; a message inside is one, and the forms of a same text are none."""
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
        yield message
        return
    forms = ("text/plain", "text/html") if message.get_content_type() == "multipart/alternative" else ()
    for part in message.iter_parts():
        assert isinstance(part, EmailMessage)
        if part.get_content_type() not in forms:
            yield from _parts(part)


def _is_decoration(part: Message) -> bool:
    """The logo of a signature, an invitation that the text repeats."""
    if part.get_content_disposition() == "attachment":
        return False
    is_logo = part.get_content_maintype() == "image" and "content-id" in part
    return is_logo or (part.get_content_type() in ("text/html", "text/calendar") and not part.get_filename())


def _attachment(part: EmailMessage) -> Attachment | None:
    """The file that a part is; None for a text of the message itself."""
    kind = part.get_content_type()
    name = str(part.get_filename() or "")
    if kind == "message/rfc822":
        inner = part.get_payload(0) if part.is_multipart() else None
        if not isinstance(inner, EmailMessage):
            return None
        return Attachment(name=_mail_name(name or _header(inner, "subject")), content=inner.as_bytes())
    sealed = _SEALED_TYPES.get(kind) or (name.lower() if name.lower() in _SEALED else None)
    if sealed:
        return Attachment(name=name or sealed, content=None, refusal=_SEALED[sealed])
    if not name and part.get_content_maintype() in ("text", "multipart"):
        return None
    content = part.get_payload(decode=True)
    return Attachment(name=name, content=content if isinstance(content, bytes) else b"")


def _words(part: Message) -> str:
    """The words of a part, whatever its alphabet says."""
    try:
        text = str(part.get_content()) if isinstance(part, EmailMessage) else ""
    except (LookupError, UnicodeError):
        payload = part.get_payload(decode=True)
        text = _decoded(payload) if isinstance(payload, bytes) else ""
    return _clean(html_text(text) if part.get_content_type() == "text/html" else text)


def _decoded(payload: bytes) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return payload.decode("cp1252", errors="replace")


def _header(message: Message, name: str) -> str:
    try:
        return " ".join(_clean(str(message[name] or "")).split())
    except _MALFORMED:  # a header that the library cannot parse
        return ""


def _sent(message: Message) -> date | None:
    try:
        found = parsedate_to_datetime(str(message["date"]))
    except _MALFORMED:
        return None
    return found.date()


# ---------------------------------------------------------------- .msg


def _outlook_mail(data: bytes) -> Mail:
    with OleFileIO(BytesIO(data)) as ole:
        return _stored_mail(Storage.from_ole(ole), header=32)


def _stored_mail(storage: Storage, *, header: int) -> Mail:
    """A message of an Outlook file; `header`: bytes before its properties, 24 for one that is attached to another."""
    own = Properties(storage, properties_header_offset=header)
    text = own.str_prop_value(pid.PID_BODY) or ""
    if not text.strip():
        raw = own.binary_prop_value(pid.PID_HTML)
        html = raw.decode(own.body_encoding, errors="replace") if raw else own.str_prop_value(pid.PID_BODY_HTML)
        text = html_text(html or "")
    attachments: list[Attachment] = []
    for place in storage.iter_attachment_storages():
        about = Properties(place, properties_header_offset=8)
        name = about.str_prop_value(pid.PID_ATTACH_LONG_FILENAME) or about.str_prop_value(pid.PID_ATTACH_FILENAME) or ""
        inner = [s for s in place.storages if s.name == "__substg1.0_3701000D"]
        if inner:
            mail = _stored_mail(inner[0], header=24)
            attachments.append(Attachment(name=_mail_name(name or mail.subject), content=_as_eml(mail)))
        elif (content := about.binary_prop_value(pid.PID_ATTACH_DATA_BINARY)) is not None:
            logo = about.str_prop_value(pid.PID_ATTACH_CONTENT_ID) and re.search(r"\.(?:png|jpe?g|gif)$", name.lower())
            if not logo:
                attachments.append(Attachment(name=name, content=content))
    sent = own.date_prop_value(pid.PID_CLIENT_SUBMIT_TIME)
    return Mail(
        subject=" ".join(_clean(own.str_prop_value(pid.PID_SUBJECT) or "").split()),
        sent=sent.date() if sent else None,
        text=_clean(text),
        attachments=tuple(attachments),
    )


def _as_eml(mail: Mail) -> bytes:
    """A message that has no file of its own, in one; made twice, it is the same."""
    message = EmailMessage()
    message["Subject"] = mail.subject
    if mail.sent:
        message["Date"] = datetime(mail.sent.year, mail.sent.month, mail.sent.day)
    message.set_content(mail.text)
    for number, file in enumerate(mail.attachments):
        if file.content is not None:
            message.add_attachment(file.content, maintype="application", subtype="octet-stream", filename=file.name)
            message.set_boundary(f"partie-{len(mail.attachments)}-{number}")
    return message.as_bytes()


def _clean(text: str) -> str:
    """The text without control characters, nor halves of characters that no database takes."""
    return _CONTROL.sub("", text.encode("utf-8", errors="replace").decode())


def _mail_name(name: str) -> str:
    return name if name.lower().endswith((".eml", ".msg")) else f"{name or 'message'}.eml"
