"""The morning report: what it says of a small night, its files, its escaping, and who receives it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from night_world import BEFORE, LATER, TODAY, World, boamp_records, run_night
from notice_samples import record
from notice_servers import BoampServer
from servers import Reply, Server, certificate
from smtp_server import SmtpServer
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.exits import ExitCode
from flows.morning import Morning, finish_morning, read_news, report_night
from flows.morning_page import build_page
from flows.notify import SIGNATURE, Letter, NotifyError, send_letter, signature
from flows.page import Cell, Page, Table, rows
from flows.page_html import as_html
from flows.page_text import as_markdown
from flows.report_settings import load_report_settings
from flows.settings import SettingsError
from models import StoreError, finish_night, open_database, source_states, start_night
from models.night_tables import NightRow, NightSourceRow

OPEN = datetime(TODAY.year, TODAY.month, TODAY.day, 11, tzinfo=UTC) + timedelta(days=30)
ALERTS = "[[alerte]]\nnom = 'Vert & <b>haut</b>'\nfamilles = ['EV']\n"


@pytest.fixture
def world(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with Server({}) as server:
        made = World(tmp_path, server, database_url)
        records = [{**record, "datelimitereponse": OPEN.isoformat()} for record in boamp_records(server.url)]
        server.routes.update(BoampServer(records=records).routes())
        for name, value in made.settings.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "alertes.toml").write_text(ALERTS, "utf-8")
        monkeypatch.setenv("CLAUSOSCOPE_ALERTS_FILE", str(tmp_path / "alertes.toml"))
        yield made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def told(morning: Morning, title: str) -> list[tuple[str, ...]]:
    (table,) = (table for table in morning.page.tables if table.title == title)
    return [tuple(" ".join(cell.text.split()) for cell in row) for row in table.rows]


# ---------------------------------------------------------------- what it says


def test_the_report_of_a_small_night(world: World) -> None:
    world.server.routes["/search"] = Reply(status=500)
    night = run_night()
    morning = finish_morning(night, news=True)

    changed = (world.root / "depot" / "École" / "plans.zip").stat().st_mtime
    dropped_at = datetime.fromtimestamp(changed, ZoneInfo("Europe/Paris"))
    tender = "Ville d'Essai – Entretien d'espaces verts"
    dropped = "Aucune clause sociale"  # the object that its notice.txt seems to state
    assert morning.page.facts == (
        ("Consultations nouvelles", "4"),
        ("Clauses nouvelles", "2"),
        ("Heures demandées", "902"),
        ("Documents lus", "8"),
        ("Alertes", "1"),
    )
    assert morning.page.warnings == (
        "TED (Journal officiel de l'Union européenne) : "
        f"{world.server.url}/search répond 500 (Internal Server Error) : relancez plus tard.",
    )
    assert told(morning, "Vos alertes") == [
        (
            "Vert & <b>haut</b>",
            tender,
            "05, 2A",
            "Clause d'insertion",
            "tout le marché",
            "450",
            "Lot 1/CCAP.pdf, p. 1 : « Le titulaire s'engage à réserver à l'insertion "
            "450 heures de travail sur la durée du marché. »",
            f"{OPEN.astimezone(ZoneInfo('Europe/Paris')):%d/%m/%Y %H:%M}",
        )
    ]
    family = "Espaces verts, espaces naturels et milieu rural (entretien)"
    assert [row[:6] for row in told(morning, "Clauses nouvelles")] == [
        (dropped, "", "Clause d'insertion", "tout le marché", "—", "452"),
        (tender, "05, 2A", "Clause d'insertion", "tout le marché", family, "450"),
    ]
    assert told(morning, "Heures par famille et département") == [
        ("Famille inconnue", "—", "1", "452"),
        (family, "05, 2A", "1", "450"),
    ]
    assert [(row[0], row[3], row[4], row[5]) for row in told(morning, "Consultations nouvelles")] == [
        (tender, "Ouverte", "Considération sociale", "oui"),
        (dropped, "—", "—", "oui"),
        (tender, "Annulée", "Considération sociale", "non"),
        (tender, "Ouverte", "Considération sociale", "non"),
    ]
    other = "https://www.boamp.fr/pages/avis/?q=idweb:26-10003"
    assert told(morning, "À récupérer à la main") == [
        (tender, other, f"Dossier à récupérer à la main (aucun lien direct vers les documents) : {other}"),
    ]
    assert told(morning, "Téléchargements en échec") == []
    assert told(morning, "Documents non lus, ou lus en partie") == []
    assert [row[1:4] for row in told(morning, "Sources et repères")] == [
        ("Complète", (TODAY - timedelta(days=1)).isoformat(), "4"),
        ("En panne", "—", "0"),
        ("Complète", f"{dropped_at:%d/%m/%Y %H:%M}", "0"),
    ]
    assert [path.name for path in morning.files] == [f"nuit-00001-{TODAY}.html", f"nuit-00001-{TODAY}.md"]
    assert morning.files[0].parent == world.root / "data" / "processed" / "reports"


@pytest.mark.parametrize(
    ("nature", "listed"),
    [
        pytest.param("RECTIFICATIF", ["boamp:26-1"], id="corrected"),
        pytest.param("ANNULATION", [], id="cancelled"),
    ],
)
def test_a_tender_is_to_be_fetched_once_and_not_at_all_when_cancelled(
    nature: str, listed: list[str], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSOSCOPE_SOURCES", "boamp")
    records = [
        record("26-1", {}, dateparution=BEFORE.isoformat()),
        record("26-2", {}, dateparution=LATER.isoformat(), nature=nature, annonce_lie=["26-1"]),
    ]
    world.server.routes.update(BoampServer(records=records).routes())

    morning = finish_morning(run_night(), news=True)

    assert [link.tender_key for link in morning.summary.missed] == listed
    assert len(told(morning, "À récupérer à la main")) == len(listed)


@pytest.mark.parametrize("deadline", ["9999-12-31T23:59:59+00:00", "2026-12-01T10:00:00+99:99"])
def test_a_deadline_that_cannot_be_is_not_told(deadline: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUSOSCOPE_SOURCES", "boamp")
    records = [record("26-1", {}, dateparution=BEFORE.isoformat(), datelimitereponse=deadline)]
    world.server.routes.update(BoampServer(records=records).routes())

    morning = finish_morning(run_night(), news=True)

    assert [row[-1] for row in told(morning, "Consultations nouvelles")] == ["—"]
    assert morning.page.warnings == ()


def test_sources_are_listed_with_the_hours_of_paris(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run_night()
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        result = run("sources", "list")
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    succeeded = source_states(world.engine)["boamp"].succeeded_at
    assert succeeded
    assert f"{succeeded.astimezone(ZoneInfo('Europe/Paris')):%d/%m/%Y %H:%M}" in result.stdout


def test_the_same_night_again_has_nothing_new(world: World) -> None:
    finish_morning(run_night(), news=True)
    again = finish_morning(run_night(), news=True)
    assert [value for _, value in again.page.facts] == ["0"] * 5
    assert again.page.warnings == ()
    assert "Rien de nouveau pour vos alertes." in again.files[1].read_text("utf-8")


def test_a_back_fill_lists_no_alert(world: World) -> None:
    night = run_night()
    assert told(finish_morning(night, news=False), "Vos alertes") == []
    assert len(told(finish_morning(night, news=True), "Vos alertes")) == 1


def test_a_night_that_was_stopped_before_its_report_has_one_the_next_morning(world: World) -> None:
    stopped = run_night()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE nights SET finished_at = NULL")

    morning = finish_morning(run_night(), news=True)

    (written,) = morning.files[0].parent.glob(f"nuit-{stopped:05}-*.html")
    assert morning.page.warnings == (f"Le passage n° 1 s'est arrêté avant son rapport : lisez aussi {written}.",)
    assert "Passage interrompu" in written.read_text("utf-8")
    assert finish_morning(run_night(), news=True).page.warnings == ()


def test_alerts_that_are_refused_are_told_and_undo_nothing(world: World) -> None:
    (world.root / "alertes.toml").write_text("[")
    morning = finish_morning(run_night(), news=True)
    (warning,) = morning.page.warnings
    assert warning.startswith(f"Alertes illisibles : « {world.root}/alertes.toml » n'est pas du TOML")
    assert warning in (morning.doubts)
    assert len(morning.summary.new_tenders) == 4


# ---------------------------------------------------------------- a suspicious night, on the command line


def test_report_of_any_night(world: World) -> None:
    run_night()
    run_night()
    first, last = run("report", "--night", "1", "--format", "md"), run("report")
    assert (first.exit_code, last.exit_code) == (ExitCode.OK, ExitCode.OK)
    folder = world.root / "data" / "processed" / "reports"
    assert first.stderr == f"Rapport : {folder}/nuit-00001-{TODAY}.md\n"
    assert last.stderr == f"Rapport : {folder}/nuit-00002-{TODAY}.html\n"
    assert sorted(path.name for path in folder.iterdir()) == [f"nuit-00001-{TODAY}.md", f"nuit-00002-{TODAY}.html"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(["--night", "7"], ExitCode.DATABASE, "Passage inconnu : 7.", id="unknown-night"),
        pytest.param([], ExitCode.DATABASE, "Aucun passage enregistré", id="no-night"),
        pytest.param(["--format", "pdf"], ExitCode.USAGE, "« pdf » refusé", id="format"),
    ],
)
@pytest.mark.usefixtures("world")
def test_report_that_cannot_be(arguments: list[str], code: ExitCode, words: str) -> None:
    result = run("report", *arguments)
    assert result.exit_code == code
    assert words in result.stderr and result.stderr.count("\n") == 1


def test_a_suspicious_night_is_seen(world: World) -> None:
    run_night()
    with Session(world.engine) as session, session.begin():
        for back in range(1, 50):
            started = datetime(TODAY.year, TODAY.month, TODAY.day, 2, tzinfo=UTC) - timedelta(days=back)
            night = NightRow(command="nightly", started_at=started, until=started.date(), departements=[])
            session.add(night)
            session.flush()
            counts = {"new_notices": 100, "documents": 8}
            session.add(
                NightSourceRow(night_id=night.id, source="boamp", run_id=1, state="ok", started_at=started, **counts)
            )
    last = run_night()
    result = run("report")
    assert result.exit_code == ExitCode.TO_CHECK
    assert re.search(
        r"à vérifier : BOAMP .* : 4 avis nouveaux seulement, contre 100 d'ordinaire \(100 au moins ces 14 derniers "
        r"jours (de semaine|de fin de semaine)\)\. Vérifiez la source : clausoscope sources check boamp\n$",
        result.stderr,
    )
    assert report_night(last).page.warnings[0] in report_night(last).files[1].read_text("utf-8").replace("\\", "")


# ---------------------------------------------------------------- HTML and Markdown


class Structure(HTMLParser):
    """Every tag with its attributes, and the words of the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "link", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data if "style" not in self.open else ""

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


HOSTILE = '<script>alert("1")</script> & | `a` [b](http://c.example) *d* _e_\n# f'


def hostile_page() -> Page:
    cells = [
        Cell(text=HOSTILE, url='javascript:alert("1")'),
        Cell(text="lien", url='https://a.example/?a=1&b="2" (3)|'),
    ]
    table = Table(title=HOSTILE, columns=("Un", "Deux"), rows=rows([cells]), empty="Rien.", more="la base")
    return Page(title=HOSTILE, intro=HOSTILE, warnings=(HOSTILE,), facts=((HOSTILE, "3"),), tables=(table,), footer="")


def test_html_is_one_accessible_file(world: World) -> None:
    morning = finish_morning(run_night(), news=True)
    page = Structure(morning.files[0].read_text("utf-8"))
    assert page.open == []
    assert page.all("html") == [{"lang": "fr"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")
    assert len(page.all("h1")) == len(page.all("title")) == len(page.all("main")) == 1
    assert len(page.all("table")) == len(page.all("caption")) == sum(bool(t.rows) for t in morning.page.tables)
    assert page.all("th") and all(th["scope"] == "col" for th in page.all("th"))
    assert all(td["data-label"] for td in page.all("td"))
    assert not any(page.all(tag) for tag in ("script", "link", "img", "iframe", "object", "form"))
    assert not re.search(r"url\(|@import", morning.files[0].read_text("utf-8"))
    assert {str(a["href"])[:4] for a in page.all("a")} == {"http"}
    for table in morning.page.tables:
        assert table.title in page.words
        assert all(cell.text in page.words for row in table.rows for cell in row)


def test_html_escapes_the_words_of_others() -> None:
    page = Structure(as_html(hostile_page()))
    assert not page.all("script")
    assert page.words.count(HOSTILE) == 8  # title, heading, intro, warning, fact, heading and caption of table, cell
    assert page.all("a") == [{"href": 'https://a.example/?a=1&b="2" (3)|'}]


def test_markdown_escapes_the_words_of_others() -> None:
    text = as_markdown(hostile_page())
    escaped = r'\<script\>alert("1")\</script\> \& \| \`a\` \[b\](http://c.example) \*d\* \_e\_ \# f'
    assert text.splitlines()[0] == f"# {escaped}"
    assert text.count(escaped) == 6  # title, intro, warning, fact, heading of the table, cell
    assert "[lien](https://a.example/?a=1&b=%222%22%20%283%29%7C)" in text
    assert "javascript" not in text
    assert "\n# f" not in text


def test_long_tables_are_cut_and_say_so() -> None:
    table = replace(hostile_page().tables[0], rows=rows([("a", "b")] * 230))
    page = replace(hostile_page(), tables=(table,))
    assert len(Structure(as_html(page)).all("tr")) == 201
    assert "… et 30 de plus : la base" in as_html(page)
    assert as_markdown(page).count("| a | b |") == 200


# ---------------------------------------------------------------- webhook and mail


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


def test_the_page_is_made_of_the_database_alone(world: World) -> None:
    night = run_night()
    assert finish_morning(night, news=True).page == build_page(read_news(world.engine, night))
    with pytest.raises(StoreError):
        report_night(99)
