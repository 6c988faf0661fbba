"""What e-mails say and hold, and what of them is never kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from archive_samples import zipped
from conftest import pdf
from msg_samples import Tree, msg, outlook

from extractors.errors import DamagedMail
from extractors.formats import read_file
from extractors.kinds import kind_of
from extractors.mails import MailKind, read_mail
from extractors.pipeline import extract

SENT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
BODY = "Bonjour,\nLe titulaire réserve 120 heures d'insertion sur la durée du marché.\n"
HTML = (
    "<html><head><title>x</title><style>p {color: red}</style></head><body><p>Bonjour,</p>"
    "<p>Le titulaire réserve&nbsp;120 heures <b>d'insertion</b> sur la durée du marché.</p>"
    "<table><tr><td>Lot 1</td><td>70 h</td></tr></table></body></html>"
)


def eml(subject: str = "Réponse n° 2", body: str = BODY, **files: bytes) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "Jean DUPONT <jean.dupont@mairie.fr>"
    message["To"] = "Anne MARTIN <anne.martin@entreprise.fr>"
    message["Cc"] = "paul.durand@entreprise.fr"
    message["Date"] = SENT
    message.set_content(body)
    for name, content in files.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message


def in_html() -> bytes:
    message = eml()
    message.set_content(HTML, subtype="html")
    return message.as_bytes()


def in_both() -> bytes:
    message = eml()
    message.add_alternative(HTML, subtype="html")
    return message.as_bytes()


BOTH = ("Objet : Réponse n° 2", "Date : 03/11/2026")
PLAIN = (*BOTH, "Bonjour,", "Le titulaire réserve 120 heures d'insertion sur la durée du marché.")
TEXTS: dict[str, tuple[Callable[[], bytes], MailKind, tuple[str, ...]]] = {
    "eml": (lambda: eml().as_bytes(), "eml", PLAIN),
    "eml-html": (in_html, "eml", (*PLAIN, "Lot 1  70 h")),
    "eml-both": (in_both, "eml", PLAIN),
    "eml-latin": (lambda: eml().as_bytes().replace(b"utf-8", b"inconnu"), "eml", PLAIN),
    "eml-no-date": (lambda: b"Subject: A\nDate: hier\n\nUn mot.\n", "eml", ("Objet : A", "Un mot.")),
    "msg": (lambda: msg(outlook("Réponse n° 2", BODY, sent=SENT)), "msg", PLAIN),
    "msg-html": (
        lambda: msg(outlook("Réponse n° 2", html=HTML.encode(), sent=SENT)), "msg", (*PLAIN, "Lot 1  70 h")
    ),
    "msg-long": (lambda: msg(outlook("A", "mot " * 3000)), "msg", ("Objet : A", ("mot " * 3000).rstrip())),
}  # fmt: skip


@pytest.mark.parametrize(("make", "kind", "lines"), [pytest.param(*case, id=name) for name, case in TEXTS.items()])
def test_subject_date_and_body(make: Callable[[], bytes], kind: MailKind, lines: tuple[str, ...]) -> None:
    data = make()
    assert kind_of(data, f"message.{kind}") == kind
    assert tuple(line.replace("\xa0", " ") for line in read_mail(data, kind).lines) == lines


def test_a_message_is_a_text_without_people(tmp_path: Path) -> None:
    path = tmp_path / "message.eml"
    path.write_bytes(eml().as_bytes())
    document = read_file(path)
    assert (document.kind, document.layout, [page.text for page in document.pages]) == (
        "eml",
        "text",
        ["\n".join(PLAIN)],
    )

    extraction = extract(path, with_texts=True)
    assert [(volume.value, volume.unit) for volume in extraction.volumes] == [(120, "hours")]
    assert (extraction.status, extraction.volumes[0].evidence[0].bbox) == ("ok", None)
    assert not any(name in "".join(extraction.texts) for name in ("DUPONT", "MARTIN", "durand"))


QUOTED = {
    "outlook": ["De : Jean Dupont", "Envoyé : lundi 2 novembre 2026", "À : Anne Martin", "Cc : Paul", "Objet : Q2"],
    "in-english": ["From: Jean Dupont <j@x.fr>", "To: Anne", " Martin", "Subject: Q2"],
    "marked": ["> De : Jean Dupont", "> À : Anne Martin", "> Objet : Q2"],
    "wrote": ["Le lun. 2 nov. 2026 à 10:12, Jean Dupont <j@x.fr> a écrit :"],
}


@pytest.mark.parametrize("lines", [pytest.param(lines, id=name) for name, lines in QUOTED.items()])
def test_who_wrote_a_quoted_message_is_left_out(lines: list[str]) -> None:
    mail = read_mail(eml(body="\n".join(["Voir plus bas.", *lines, "De : 8 h à 12 h", "Fin."])).as_bytes(), "eml")
    kept = [line for line in lines if "Envoyé" in line or "Objet" in line or "Subject" in line]
    assert list(mail.lines[2:]) == ["Voir plus bas.", *kept, "De : 8 h à 12 h", "Fin."]


SIGNED: dict[str, tuple[str, list[str]]] = {
    "below": ("Bien cordialement,\n\nAïcha Traoré\nChargée d'opérations\n06 12 34 56 78\n\nLa suite.", ["La suite."]),
    "beside": ("Cordialement, Aïcha Traoré\nFacilitatrice des clauses", []),
    "polite": ("Recevez mes salutations distinguées, Aïcha Traoré\nLot 1 : 350 heures", ["Lot 1 : 350 heures"]),
    "dashes": ("-- \nAïcha Traoré\nDirection des achats", []),
    "then-quoted": ("Cordialement\nAïcha\nDe : A B\nÀ : C D\nObjet : Q2\nUn mot.", ["Objet : Q2", "Un mot."]),
    "greeted": ("Bonjour Aïcha Traoré,\nUn mot.", ["Un mot."]),
}


@pytest.mark.parametrize(("body", "kept"), [pytest.param(*case, id=name) for name, case in SIGNED.items()])
def test_who_signs_a_message_is_left_out(body: str, kept: list[str]) -> None:
    lines = [line for line in read_mail(eml(body=body).as_bytes(), "eml").lines[2:] if line.strip()]
    assert lines[len(lines) - len(kept) :] == kept
    assert not re.search("Aïcha|Traoré|Chargée|Facilitatrice|Direction|06 12", "\n".join(lines))


def test_what_was_struck_out_of_a_message_is_not_read() -> None:
    message = eml()
    message.set_content(
        "<p>Le titulaire<s> réalise 350 heures</s> livre.</p><p><s>Rien.</p><p>Fin.</p>", subtype="html"
    )
    assert read_mail(message.as_bytes(), "eml").text.splitlines() == ["Le titulaire livre.", "Fin."]


# ---------------------------------------------------------------- attachments


NESTED = eml("Question", "Combien d'heures ?", **{"annexe.pdf": b"%PDF-1"})
LOGO = EmailMessage()
LOGO.set_content(b"png", maintype="image", subtype="png", filename="logo.png", cid="<logo>", disposition="inline")


def with_message() -> bytes:
    message = eml()
    message.add_attachment(NESTED)
    return message.as_bytes()


def with_logo() -> bytes:
    message = eml(**{"CCAP.pdf": b"%PDF-"})
    message.attach(LOGO)
    return message.as_bytes()


def sealed(name: str, subtype: str) -> bytes:
    message = eml()
    message.add_attachment(b"x", maintype="application", subtype=subtype, filename=name)
    return message.as_bytes()


def outlook_with(*files: tuple[str, bytes | Tree]) -> bytes:
    return msg(outlook("Réponse n° 2", BODY, files=files))


INNER = outlook("Question", "Combien d'heures ?", files=[("annexe.pdf", b"%PDF-1")], embedded=True)
ATTACHED: dict[str, tuple[bytes, MailKind, list[tuple[str, bool]]]] = {
    "eml-none": (eml().as_bytes(), "eml", []),
    "eml-files": (eml(**{"CCAP n°1.pdf": pdf(), "DCE.zip": zipped({"RC.pdf": b"1"})}).as_bytes(), "eml",
                  [("CCAP n°1.pdf", True), ("DCE.zip", True)]),
    "eml-message": (with_message(), "eml", [("Question.eml", True)]),
    "eml-logo": (with_logo(), "eml", [("CCAP.pdf", True)]),
    "eml-tnef": (sealed("winmail.dat", "ms-tnef"), "eml", [("winmail.dat", False)]),
    "eml-tnef-by-its-name": (sealed("winmail.dat", "octet-stream"), "eml", [("winmail.dat", False)]),
    "eml-sealed": (sealed("smime.p7m", "pkcs7-mime"), "eml", [("smime.p7m", False)]),
    "msg-none": (outlook_with(), "msg", []),
    "msg-files": (outlook_with(("CCAP n°1.pdf", pdf()), ("a.txt", b"court")), "msg",
                  [("CCAP n°1.pdf", True), ("a.txt", True)]),
    "msg-message": (outlook_with(("", INNER)), "msg", [("Question.eml", True)]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("data", "kind", "expected"), [pytest.param(*case, id=name) for name, case in ATTACHED.items()]
)
def test_attachments(data: bytes, kind: MailKind, expected: list[tuple[str, bool]]) -> None:
    assert [(file.name, file.content is not None) for file in read_mail(data, kind).attachments] == expected


@pytest.mark.parametrize(
    ("data", "kind"), [pytest.param(*ATTACHED[name][:2], id=name) for name in ("eml-message", "msg-message")]
)
def test_a_message_inside_another_keeps_its_own_files(data: bytes, kind: MailKind) -> None:
    (file,) = read_mail(data, kind).attachments
    assert file.content is not None
    inner = read_mail(file.content, "eml")
    assert inner.subject == "Question"
    assert inner.text.strip() == "Combien d'heures ?"
    assert [(f.name, f.content) for f in inner.attachments] == [("annexe.pdf", b"%PDF-1")]


def test_files_of_an_outlook_message_are_whole() -> None:
    content = pdf()
    (file,) = read_mail(outlook_with(("CCAP.pdf", content)), "msg").attachments
    assert file.content == content


# ---------------------------------------------------------------- damaged


DAMAGED = {
    "cut-msg": (msg(outlook("A", BODY))[:900], "msg"),
    "no-property-msg": (msg({"autre": b"x"}), "msg"),
    "not-a-msg": (b"rien", "msg"),
}


@pytest.mark.parametrize(("data", "kind"), [pytest.param(*case, id=name) for name, case in DAMAGED.items()])
def test_a_damaged_message_says_so(data: bytes, kind: MailKind) -> None:
    with pytest.raises(DamagedMail, match="l'enregistrer de nouveau"):
        read_mail(data, kind)


ODD = {
    "bad-subject": (b"Subject: =?utf-8?b?!!!?=\n\nmot\n", ("mot",)),
    "half-characters": (b"Subject: A\nContent-Type: text/plain; charset=utf-8\n\n\xed\xa0\x80 mot\n", ("Objet : A",)),
    "no-header": (b"Bonjour\nmot\n", ()),
    "cut-boundary": (eml(**{"a.pdf": b"x" * 90}).as_bytes()[:-200], PLAIN[:2]),
}


@pytest.mark.parametrize(("data", "starts"), [pytest.param(*case, id=name) for name, case in ODD.items()])
def test_an_odd_message_is_read_as_far_as_it_goes(data: bytes, starts: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "message.eml"
    path.write_bytes(data)
    extraction = extract(path, with_texts=True)
    assert extraction.status == "ok"
    extraction.texts[0].encode()
    lines = [line.text for line in read_file(path).pages[0].lines]
    assert all(line in lines for line in starts)


def test_the_subject_of_a_message_is_not_what_is_bought(tmp_path: Path) -> None:
    path = tmp_path / "message.eml"
    path.write_bytes(eml(subject="Question de Mme Dupont").as_bytes())
    assert extract(path).tender.object is None


def test_a_message_that_says_nothing_of_what_it_is_is_no_notice(tmp_path: Path) -> None:
    path = tmp_path / "message.eml"
    path.write_bytes(eml().as_bytes())
    assert extract(path).doc_type == "autre"


def test_the_date_of_a_message_is_its_day() -> None:
    assert read_mail(eml().as_bytes(), "eml").sent == date(2026, 11, 3)
