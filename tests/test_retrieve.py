"""From links to documents: direct ones, archives, Atexo profiles, and those that a person must fetch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from archive_samples import zipped
from atexo_twin import DETAIL, IDENTITY, Profile
from conftest import pdf
from hurried import hurried
from servers import Reply, Server, certificate, document

from flows.http import Client
from flows.links import Followed, Follower
from flows.settings import SettingsError
from flows.sources.atexo import make_platform
from flows.sources.base import Item, Link, Platform, open_platforms
from flows.sources.settings import SourceSettings, load_source_settings

PDF = pdf()
DCE = zipped({"CCAP.pdf": b"ccap", "Lot 1/CCTP.pdf": b"cctp"})


def settings(**given: object) -> SourceSettings:
    return hurried(**({"retries": 1} | given))


def follow(links: Sequence[Link], folder: Path, client: Client, *, platforms: Sequence[Platform] = ()) -> Followed:
    """What the links of a tender give to a night that meets it first."""
    follower = Follower(client=client, platforms=platforms, folder=folder)
    return follower.follow(Item(tender_key="T1", links=tuple(links)), {}, changed=True, skip=frozenset())


def got(followed: Followed) -> dict[str, bytes]:
    """By name below `tender/link/`."""
    return {file.name.split("/", 2)[2]: file.path.read_bytes() for file in followed.files}


def states(followed: Followed) -> list[tuple[str, str | None]]:
    return [(outcome.state, outcome.code) for outcome in followed.outcomes]


def told(followed: Followed) -> list[str]:
    """One line for each problem."""
    return [line for outcome in followed.outcomes if outcome.message for line in outcome.message.split("\n")]


# ---------------------------------------------------------------- direct links


def test_direct_links(tmp_path: Path) -> None:
    routes = {"/RC.pdf": document(PDF, etag='"v1"'), "/DCE.zip": document(DCE), "/absent.pdf": Reply(status=404)}
    with Server(routes) as server, Client(settings()) as client:
        links = [
            Link(url=f"{server.url}/absent.pdf", kind="autre"),
            Link(url=f"{server.url}/RC.pdf", kind="rc"),
            Link(url=f"{server.url}/DCE.zip", kind="dce"),
            Link(url=f"{server.url}/RC.pdf", kind="dce"),
            Link(url=f"{server.url}/", kind="profil"),
        ]
        followed = follow(links, tmp_path, client)
        assert server.paths() == ["/absent.pdf", "/RC.pdf", "/DCE.zip"]
    assert got(followed) == {"RC.pdf": PDF, "DCE.zip/CCAP.pdf": b"ccap", "DCE.zip/Lot 1/CCTP.pdf": b"cctp"}
    assert [(o.state, o.code, o.name, o.etag) for o in followed.outcomes] == [
        ("failed", "http_status", None, ""),
        ("ok", None, "RC.pdf", '"v1"'),
        ("ok", None, "DCE.zip", ""),
    ]


def test_two_archives_of_the_same_name(tmp_path: Path) -> None:
    routes = {"/a/DCE.zip": document(zipped({"RC.pdf": b"1"})), "/b/DCE.zip": document(zipped({"RC.pdf": b"2"}))}
    with Server(routes) as server, Client(settings()) as client:
        links = [Link(url=f"{server.url}/{name}/DCE.zip", kind="dce") for name in "ab"]
        followed = follow(links, tmp_path, client)
    assert [file.path.read_bytes() for file in followed.files] == [b"1", b"2"]


def test_a_page_instead_of_a_document_is_for_a_person(tmp_path: Path) -> None:
    page = Reply(body=b"<html>Connexion</html>", headers={"Content-Type": "text/html"})
    with Server({"/dce": page}) as server, Client(settings()) as client:
        followed = follow([Link(url=f"{server.url}/dce", kind="dce")], tmp_path, client)
    assert states(followed) == [("manual", "manual")]
    (line,) = told(followed)
    assert f"{server.url}/dce" in line and "à récupérer à la main" in line


def test_only_the_home_page_of_a_profile_is_for_a_person(tmp_path: Path) -> None:
    with Server({}) as server, Client(settings()) as client:
        followed = follow([Link(url=f"{server.url}/", kind="profil")], tmp_path, client)
        assert server.asked == []
    assert states(followed) == [("manual", "manual")]


def test_no_link_no_problem(tmp_path: Path) -> None:
    with Client(settings()) as client:
        assert follow([], tmp_path, client) == Followed()


# ---------------------------------------------------------------- Atexo


def fetch(profile: Profile, folder: Path, *, accepted: bool = True, address: str = DETAIL) -> tuple[Followed, Server]:
    with Server({"*": profile}) as server:
        chosen = settings(atexo_hosts=(f"127.0.0.1:{server.port}",), atexo_terms_accepted=accepted)
        platform = make_platform(chosen)
        assert platform is not None
        url = f"{server.url}{address}" + ("?orgAcronyme=x7c" if address == DETAIL else "")
        with Client(chosen) as client:
            return follow([Link(url=url, kind="profil")], folder, client, platforms=[platform]), server


ADDRESSES = {
    "detail": DETAIL,
    "search": "/?page=Entreprise.EntrepriseAdvancedSearch&AllCons&id=625893&orgAcronyme=x7c",
    "old-detail": "/index.php?page=entreprise.EntrepriseDetailsConsultation&refConsultation=625893&orgAcronyme=x7c",
    "old-link": "/?page=entreprise.EntrepriseDetailConsultation&refConsultation=625893&orgAcronyme=x7c",
    "request-form": "/index.php?page=Entreprise.EntrepriseDemandeTelechargementDce&id=625893&orgAcronyme=x7c",
}


@pytest.mark.parametrize("address", [pytest.param(address, id=name) for name, address in ADDRESSES.items()])
def test_reglement_and_dce_are_fetched_from_any_address(address: str, tmp_path: Path) -> None:
    followed, _ = fetch(Profile(dce=DCE, reglement=PDF), tmp_path, address=address)
    assert got(followed) == {
        "RC 625893.pdf": PDF,
        "DCE_625893.zip/CCAP.pdf": b"ccap",
        "DCE_625893.zip/Lot 1/CCTP.pdf": b"cctp",
    }
    assert states(followed) == [("ok", None)]


def test_nobody_is_named(tmp_path: Path) -> None:
    _, server = fetch(Profile(dce=DCE, reglement=PDF), tmp_path)
    posted = [asked.form for asked in server.asked if asked.method == "POST"]
    assert len(posted) == 2
    assert [name for form in posted for name in form if name.rpartition("$")[2] in IDENTITY] == []


MANUAL = {
    "no-anonymous-choice": (Profile(dce=DCE, anonymous=False), "pas de retrait anonyme", 0),
    "captcha": (Profile(dce=DCE, captcha=True), "captcha", 0),
    "not-the-form": (Profile(dce=DCE, fails_at="form"), "pas de retrait anonyme", 0),
    "refused-after-the-form": (Profile(dce=DCE, fails_at="validate"), "n'a pas abouti", 1),
    "robots": (Profile(dce=DCE, robots="User-agent: *\nDisallow: /index.php"), "robots", 0),
}


@pytest.mark.parametrize(("profile", "why", "posts"), [pytest.param(*case, id=name) for name, case in MANUAL.items()])
def test_what_a_person_must_fetch(profile: Profile, why: str, posts: int, tmp_path: Path) -> None:
    followed, server = fetch(profile, tmp_path)
    assert (states(followed), followed.files) == ([("manual", "manual")], ())
    (line,) = told(followed)
    assert "à récupérer à la main" in line
    assert why in line
    assert f"{server.url}{DETAIL}?orgAcronyme=x7c" in line
    assert sum(asked.method == "POST" for asked in server.asked) == posts


def test_terms_that_nobody_accepted_stop_the_dce_not_the_reglement(tmp_path: Path) -> None:
    followed, server = fetch(Profile(dce=DCE, reglement=PDF), tmp_path, accepted=False)
    assert got(followed) == {"RC 625893.pdf": PDF}
    assert states(followed) == [("manual", "manual")]
    (line,) = told(followed)
    assert "CLAUSOSCOPE_ATEXO_TERMS_ACCEPTED" in line
    assert [asked for asked in server.asked if asked.method == "POST"] == []


def test_no_terms_no_acceptance(tmp_path: Path) -> None:
    followed, server = fetch(Profile(dce=DCE, terms=False), tmp_path, accepted=False)
    assert len(followed.files) == 2
    assert [asked.form for asked in server.asked if "accepterConditions" in asked.body.decode()] == []


def test_a_page_in_the_place_of_the_dce(tmp_path: Path) -> None:
    followed, server = fetch(Profile(dce=DCE, reglement=PDF, fails_at="download"), tmp_path)
    assert got(followed) == {"RC 625893.pdf": PDF}
    assert states(followed) == [("manual", "manual")]
    assert len(told(followed)) == 2


def test_other_robots_rules_do_not_stop_us(tmp_path: Path) -> None:
    robots = "User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nDisallow: /admin"
    assert len(fetch(Profile(dce=DCE, robots=robots), tmp_path)[0].files) == 2


def test_off_by_default(tmp_path: Path) -> None:
    assert open_platforms(settings()) == ()
    with Server({"*": Profile(dce=DCE)}) as server, Client(settings()) as client:
        followed = follow([Link(url=f"{server.url}{DETAIL}?orgAcronyme=x7c", kind="dce")], tmp_path, client)
        assert [asked.method for asked in server.asked] == ["GET"]
    assert states(followed) == [("manual", "manual")]


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://www.marches-publics.gouv.fr/", id="home"),
        pytest.param(
            "https://www.marches-publics.gouv.fr/?page=Entreprise.EntrepriseAdvancedSearch&AllCons", id="list"
        ),
        pytest.param("https://marches.maximilien.fr/app.php/entreprise/consultation/12?orgAcronyme=a", id="other-host"),
        pytest.param(
            "https://exemple.fr/?u=www.marches-publics.gouv.fr/entreprise/consultation/1&orgAcronyme=a", id="decoy"
        ),
        pytest.param(
            "https://www.marches-publics.gouv.fr/entreprise/consultation/1?orgAcronyme=a%2Fb", id="odd-organism"
        ),
    ],
)
def test_links_that_are_not_of_a_consultation(url: str) -> None:
    platform = make_platform(settings(atexo_hosts=("www.marches-publics.gouv.fr",)))
    assert platform is not None
    assert not platform.handles(url)


def test_an_atexo_site_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, signed = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(signed))
    with Server({"/": Reply(body=b"<html>PLACE</html>")}, certificate=context) as server:
        chosen = settings(atexo_hosts=(f"127.0.0.1:{server.port}",))
        (platform,) = open_platforms(chosen)
        with Client(chosen) as client:
            assert platform.check(client).ok
            server.routes["/"] = Reply(status=503)
            assert not platform.check(client).ok


def test_hosts_are_named_in_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUSOSCOPE_ATEXO_HOSTS", "www.marches-publics.gouv.fr, marches.maximilien.fr")
    assert SourceSettings().atexo_hosts == ("www.marches-publics.gouv.fr", "marches.maximilien.fr")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("RETRIES", "beaucoup", "un nombre entier de 0 à 20"),
        ("USER_AGENT", "Robot de la mairie de Nîmes", "sans accent"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"CLAUSOSCOPE_{name}", value)
    with pytest.raises(SettingsError, match=f"CLAUSOSCOPE_{name}={value} refusé : .*{told}"):
        load_source_settings()
