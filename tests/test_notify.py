"""Who receives the morning report: a webhook and mail, on servers that accept, refuse or fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from morning_world import alerted_world, told
from night_world import TODAY, World, run_night
from servers import Reply, Server, certificate
from smtp_server import SmtpServer

from flows.morning import finish_morning, read_news
from flows.morning_page import build_page
from flows.notify import SIGNATURE, Letter, NotifyError, send_letter, signature
from flows.page_html import as_html
from flows.page_text import as_markdown
from flows.report_settings import load_report_settings
from flows.settings import SettingsError
from models import finish_night, open_database, start_night


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    with alerted_world(tmp_path, database_url) as made:
        yield made


def test_nothing_is_sent_by_default() -> None:
    settings = load_report_settings()
    assert (settings.webhook_url, settings.mail_to) == ("", ())


def test_the_webhook_receives_a_signed_report(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server({"/crochet": Reply(status=204)}) as receiver:
        monkeypatch.setenv("CLAUSOSCOPE_WEBHOOK_URL", f"{receiver.url}/crochet")
        monkeypatch.setenv("CLAUSOSCOPE_WEBHOOK_SECRET", "très secret")
        morning = finish_morning(run_night(), news=True)
    assert morning.failures == ()
    (asked,) = receiver.asked
    assert asked.method == "POST"
    assert asked.headers["content-type"] == "application/json; charset=utf-8"
    assert asked.headers[SIGNATURE.lower()] == signature(asked.body, "très secret")
    body = json.loads(asked.body)
    assert body["text"] == morning.files[1].read_text("utf-8")
    assert {name: body[name] for name in ("schema", "night", "new_tenders", "new_clauses", "hours", "sources")} == {
        "schema": 1,
        "night": 1,
        "new_tenders": 4,
        "new_clauses": 2,
        "hours": 902.0,
        "sources": {"boamp": "ok", "ted": "ok", "folder": "ok"},
    }


def test_signature_is_hmac_sha256() -> None:
    # The example of RFC 4231, case 2.
    expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert signature(b"what do ya want for nothing?", "Jefe") == expected


def test_a_back_fill_is_sent_to_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server({}) as receiver:
        monkeypatch.setenv("CLAUSOSCOPE_WEBHOOK_URL", receiver.url)
        finish_morning(run_night(), news=False)
    assert receiver.asked == []


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> Letter:
    """The report of a night, ready to be sent."""
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('lettre') / 'base.db'}")
    night = start_night(engine, command="nightly", since=None, until=TODAY, departements=())
    finish_night(engine, night)
    news = read_news(engine, night)
    page = build_page(news)
    return Letter(summary=news.summary, title=page.title, warnings=(), markdown=as_markdown(page), html=as_html(page))


def send(letter: Letter, **settings: str) -> list[str]:
    """Send it by these settings; what failed."""
    failures = []
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(f"CLAUSOSCOPE_{name}", value)
        for way in send_letter(letter, load_report_settings()):
            try:
                way()
            except NotifyError as error:
                failures.append(str(error))
    return failures


@pytest.mark.parametrize(
    ("replies", "times", "words"),
    [
        pytest.param([Reply(status=503), Reply()], 2, "", id="busy-then-well"),
        pytest.param([Reply(drop=True), Reply()], 2, "", id="cut-then-well"),
        pytest.param([Reply(status=500)], 3, "répond 500", id="broken"),
        pytest.param([Reply(status=401)], 1, "répond 401", id="refused"),
        pytest.param([Reply(status=302, headers={"Location": "/ailleurs"})], 1, "répond 302", id="moved"),
    ],
)
def test_a_webhook_that_fails(replies: list[Reply], times: int, words: str, letter: Letter) -> None:
    with Server({"/jeton-secret": replies}) as receiver:
        failures = send(letter, WEBHOOK_URL=f"{receiver.url}/jeton-secret")
    assert len(receiver.asked) == times
    assert [words in failure for failure in failures] == [True] * bool(words)
    for failure in failures:
        assert failure.startswith("Webhook non envoyé : 127.0.0.1 ") and "jeton" not in failure


def test_what_cannot_be_sent_is_seen_and_undoes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUSOSCOPE_WEBHOOK_URL", f"{world.server.url}/absent")
    monkeypatch.setenv("CLAUSOSCOPE_MAIL_TO", "veille@example.fr")
    monkeypatch.setenv("CLAUSOSCOPE_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("CLAUSOSCOPE_SMTP_PORT", "1")
    morning = finish_morning(run_night(), news=True)
    assert [failure.partition(" envoyé")[0] for failure in morning.failures] == ["Webhook non", "Courriel non"]
    assert morning.page.warnings == morning.failures == morning.doubts
    for failure in morning.failures:
        assert failure in morning.files[1].read_text("utf-8").replace("\\", "")
    assert world.rows("SELECT COUNT(*), COUNT(finished_at) FROM nights") == [(1, 1)]
    assert len(told(morning, "Vos alertes")) == 1


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_mail_is_received(security: str, letter: Letter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    given = None if security == "none" else context
    with SmtpServer(certificate=given, starttls=security == "starttls", account="robot:mot de passe") as server:
        failures = send(
            letter,
            MAIL_TO="veille@example.fr, atelier@example.fr",
            MAIL_FROM="robot@example.fr",
            SMTP_HOST="127.0.0.1",
            SMTP_PORT=str(server.port),
            SMTP_SECURITY=security,
            SMTP_USER="robot",
            SMTP_PASSWORD="mot de passe",
        )
    assert failures == []
    (got,) = server.received
    assert (got.sender, got.recipients) == ("robot@example.fr", ("veille@example.fr", "atelier@example.fr"))
    assert (got.encrypted, got.user) == (security != "none", "robot")
    assert got.message["Subject"] == f"Clausoscope : rapport du {TODAY:%d/%m/%Y}"
    parts = [part.get_content().replace("\r\n", "\n") for part in got.message.iter_parts()]
    assert parts == [letter.markdown, letter.html]


def test_the_subject_of_a_mail_says_when_something_is_to_be_checked(letter: Letter) -> None:
    with SmtpServer() as server:
        told_to = {"MAIL_TO": "a@example.fr", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(server.port)}
        assert send(replace(letter, warnings=("TED est en panne.",)), SMTP_SECURITY="none", **told_to) == []
    assert server.received[0].message["Subject"].startswith("À vérifier – Clausoscope : rapport du ")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param({"SMTP_PORT": "1"}, "Connection refused", id="no-server"),
        pytest.param({"SMTP_SECURITY": "starttls"}, "STARTTLS", id="no-encryption"),
        pytest.param({"SMTP_USER": "robot", "SMTP_PASSWORD": "faux"}, "535", id="wrong-password"),
        pytest.param({"MAIL_TO": "absent@example.fr"}, "550", id="unknown-address"),
        pytest.param({"MAIL_TO": "a@example.fr,absent@example.fr"}, "refusé pour absent@", id="one-unknown-address"),
    ],
)
def test_a_mail_that_fails(settings: dict[str, str], words: str, letter: Letter) -> None:
    with SmtpServer(refused=("absent@example.fr",)) as server:
        told_to = {"MAIL_TO": "a@example.fr", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(server.port)}
        (failure,) = send(letter, **{**told_to, "SMTP_SECURITY": "none", **settings})
    assert failure.startswith("Courriel ") and words in failure and "faux" not in failure


def test_a_certificate_that_is_not_trusted_stops_the_mail(letter: Letter, tmp_path: Path) -> None:
    context, _ = certificate(tmp_path)
    with SmtpServer(certificate=context) as server:
        (failure,) = send(letter, MAIL_TO="a@example.fr", SMTP_HOST="127.0.0.1", SMTP_PORT=str(server.port))
    assert "certificate verify failed" in failure
    assert server.received == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        pytest.param("WEBHOOK_URL", "ftp://x", "une adresse http", id="webhook"),
        pytest.param("SMTP_SECURITY", "ssl", "starttls, tls ou none", id="security"),
        pytest.param("SMTP_PORT", "0", "un numéro de port", id="port"),
    ],
)
def test_settings_refused(name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"CLAUSOSCOPE_{name}", value)
    with pytest.raises(SettingsError, match=f"CLAUSOSCOPE_{name}=.* refusé : donnez {words}"):
        load_report_settings()
