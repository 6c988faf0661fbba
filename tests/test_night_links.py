"""What the links of a night give, once and again: whole, cut, refused, pages, and buyer profiles."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from atexo_twin import Profile
from night_world import BEFORE, DCE, World, clause, run_night, zipped
from notice_samples import fns_simple, record
from notice_servers import BoampServer
from servers import Reply, Route, document

from flows.night import Asked
from models import night_summary

HALF = len(DCE) // 2
STATES = "SELECT adresse, etat, code, fichier, nb_essais FROM v_telechargements ORDER BY adresse, etat DESC"
CUT = Reply(body=DCE[:HALF], headers={"ETag": '"v1"', "Accept-Ranges": "bytes"}, announced=len(DCE))


def listed(world: World, monkeypatch: pytest.MonkeyPatch, rows: Sequence[str], **routes: Route) -> Asked:
    """A night of a list of links, one a row: path, reference, kind; `routes` answer them."""
    table = world.root / "liens.csv"
    table.write_text("\n".join(["url;reference;type", *(f"{world.server.url}/{row}" for row in rows)]), "utf-8")
    monkeypatch.setenv("CLAUSOSCOPE_URL_LIST", str(table))
    world.server.routes.update({f"/{name.replace('_', '.')}": route for name, route in routes.items()})
    return Asked(sources=("urls",))


def states(world: World) -> list[tuple[object, ...]]:
    return [(str(row[0]).removeprefix(f"{world.server.url}/"), *row[1:]) for row in world.rows(STATES)]


def test_a_cut_download_goes_on_the_next_night(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = listed(world, monkeypatch, ["dce.zip;T1;dce"], dce_zip=CUT)
    run_night(asked)
    assert states(world) == [("dce.zip", "failed", "incomplete", None, 1)]

    world.server.routes["/dce.zip"] = document(DCE, etag='"v1"')
    run_night(asked)

    assert states(world) == [("dce.zip", "ok", "format", "dce.zip", 0)]
    assert world.server.asked[-1].headers["range"] == f"bytes={HALF}-"
    assert not list((world.root / "data" / "fetched").rglob("*.*"))
    assert world.rows("SELECT consultation, fichier FROM v_documents") == [
        ("lien:T1", "CCAP.pdf"),
        ("lien:T1", "RC.pdf"),
    ]


def test_a_failure_forgets_nothing_of_what_came_before(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = listed(world, monkeypatch, ["dce.zip;T1;dce"])
    run_night(asked)
    world.server.routes["/dce.zip"] = Reply(status=503)
    run_night(asked)
    assert states(world) == [("dce.zip", "failed", "http_status", "dce.zip", 1)]
    assert world.rows("SELECT COUNT(*) FROM v_documents") == [(2,)]

    world.server.routes["/dce.zip"] = document(DCE, etag='"v1"')
    run_night(asked)

    assert world.server.asked[-1].headers["if-none-match"] == '"v1"'


def test_a_page_beside_the_documents_is_no_work_for_a_person(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ["page;T1;autre", "dce.zip;T1;dce", "page;T2;dce", "page2;T2;autre"]
    asked = listed(world, monkeypatch, rows, page2=world.server.routes["/page"])
    night = run_night(asked)
    assert states(world) == [
        ("dce.zip", "ok", "format", "dce.zip", 0),
        ("page", "page", "manual", None, 0),
        ("page", "manual", "manual", None, 1),
        ("page2", "page", "manual", None, 0),
    ]
    missed = night_summary(world.engine, night).missed
    assert [(link.tender_key, link.address) for link in missed] == [(None, f"{world.server.url}/page")]


def test_a_document_that_proves_no_version_is_left_in_peace(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Reply(body=clause(30), headers={"Content-Disposition": 'attachment; filename="Règlement.pdf"'})
    asked = listed(world, monkeypatch, ["7;T1;rc"], **{"7": given})
    run_night(asked)
    run_night(asked)
    assert world.server.paths() == ["/7"]
    assert world.rows("SELECT fichier, type_document FROM v_documents") == [("Règlement.pdf", "rc")]


def test_an_archive_read_in_part_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zipped({"RC.pdf": clause(30), "../evil.pdf": clause(31)})
    asked = listed(world, monkeypatch, ["a.zip;T1;dce"], a_zip=document(archive, etag='"a"'))
    night = run_night(asked)
    assert states(world) == [("a.zip", "partial", "archive_outside", "a.zip", 0)]
    assert [link.state for link in night_summary(world.engine, night).missed] == ["partial"]


def test_a_link_of_two_tenders_gives_its_documents_to_both(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run_night(listed(world, monkeypatch, ["dce.zip;T1;dce", "dce.zip;T2;dce"]))
    assert world.rows("SELECT consultation, COUNT(*) FROM v_documents GROUP BY consultation ORDER BY consultation") == [
        ("lien:T1", 2),
        ("lien:T2", 2),
    ]
    assert world.rows("SELECT COUNT(*) FROM documents") == [(2,)]


def test_a_wrong_line_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = listed(world, monkeypatch, [])
    with (world.root / "liens.csv").open("a") as table:
        table.write("\npas un lien;T1;dce")
    run_night(asked)
    ((address, *state),) = world.rows(STATES)
    assert "ligne 2 : « pas un lien » n'est pas un lien" in str(address)
    assert state == ["failed", "bad_link", None, 1]


@pytest.mark.parametrize(
    ("nature", "asked"), [pytest.param("APPEL_OFFRE", 1, id="call"), pytest.param("ATTRIBUTION", 0, id="award")]
)
def test_documents_of_what_is_over_are_not_asked_for(nature: str, asked: int, world: World) -> None:
    world.server.routes.update(BoampServer(records=[call(world, "dce.zip", nature=nature)]).routes())
    run_night(Asked(sources=("boamp",)))
    assert world.server.paths().count("/dce.zip") == asked


# ---------------------------------------------------------------- buyer profiles


def call(world: World, path: str, **fields: object) -> dict[str, object]:
    """A notice whose documents are at this path."""
    given = fns_simple({"numLot": "1", "intitule": "Tonte"}, "Rien de particulier.")
    given["FNSimple"]["initial"]["communication"]["urlDocConsul"] = f"{world.server.url}/{path}"  # type: ignore[index]
    return record("26-40001", given, dateparution=BEFORE.isoformat(), **fields)


@pytest.mark.parametrize(
    ("captcha", "state", "files"),
    [
        pytest.param(False, "ok", ["CCAP.pdf", "RC 625893.pdf", "RC.pdf"], id="given-to-all"),
        pytest.param(True, "manual", ["RC 625893.pdf"], id="captcha"),
    ],
)
def test_a_buyer_profile(
    captcha: bool, state: str, files: list[str], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSOSCOPE_ATEXO_HOSTS", f"127.0.0.1:{world.server.port}")
    monkeypatch.setenv("CLAUSOSCOPE_ATEXO_TERMS_ACCEPTED", "true")
    page = "app.php/entreprise/consultation/625893?orgAcronyme=x7c"
    dce = zipped({"Lot 1/CCAP.pdf": clause(450), "RC.pdf": clause(451)})
    world.server.routes.update(BoampServer(records=[call(world, page)]).routes())
    world.server.routes["*"] = Profile(dce=dce, reglement=clause(449), captcha=captcha)

    run_night(Asked(sources=("boamp",)))
    before = len(world.server.asked)
    again = night_summary(world.engine, run_night(Asked(sources=("boamp",))))

    assert world.rows("SELECT adresse, etat FROM v_telechargements") == [(f"{world.server.url}/{page}", state)]
    found = world.rows("SELECT fichier FROM v_documents WHERE fichier LIKE '%.pdf' ORDER BY fichier")
    assert [name for (name,) in found] == files
    assert world.server.paths()[before:] == ["/boamp/records"]
    assert again.documents == 0
