"""Tenders laid in a folder, here or on another machine, and lists of links."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from archive_samples import flagged, rared, zipped
from conftest import pdf
from hurried import hurried
from servers import Asked, Reply, Server, document
from sftp_server import SftpServer

from flows.http import Client
from flows.sources.base import Item, SourceError, Window, factories, open_source
from flows.sources.settings import SourceSettings

PDF = pdf()
NIGHT = Window(since=date(2026, 11, 20), until=date(2026, 11, 21))


def settings(tmp_path: Path, **given: object) -> SourceSettings:
    return hurried(data_dir=tmp_path / "data", **given)


def items(name: str, chosen: SourceSettings, *, watermark: str | None = None) -> list[Item]:
    with Client(chosen) as client:
        return list(open_source(name, chosen).items(NIGHT, watermark, client))


def tree(item: Item) -> dict[str, bytes]:
    return {file.inner_path: file.path.read_bytes() for file in item.files}


def lay(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


# ---------------------------------------------------------------- registry


def test_every_source_is_one_file() -> None:
    assert {"folder", "urls", "remote"} <= set(factories())


def test_a_source_says_its_own_name(tmp_path: Path) -> None:
    for name, make in factories().items():
        source = make(settings(tmp_path))
        assert source.name == name
        assert source.title
    assert not (tmp_path / "data").exists()


def test_an_unknown_source_lists_the_others(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Source « boite » inconnue : choisissez parmi .*folder.*urls"):
        open_source("boite", settings(tmp_path))


# ---------------------------------------------------------------- drop folder

DROP = {
    "Piscine/RC.pdf": PDF,
    "Piscine/Lot 1/CCAP.pdf": b"ccap",
    "Piscine/Lot 1/plans.zip": zipped({"Plan n°1.pdf": b"plan"}),
    "Voirie.zip": zipped({"CCTP.pdf": b"cctp", "lots/Lot 2.rar": rared({"BPU.pdf": b"bpu"})}),
    "seul.pdf": b"seul",
    ".caché/x.pdf": b"x",
    "Piscine/.x.pdf": b"x",
}


def test_a_sub_folder_is_a_tender_and_so_is_an_archive(tmp_path: Path) -> None:
    found = items("folder", settings(tmp_path, drop_dir=lay(tmp_path / "depot", DROP)))
    assert {item.tender_key: tree(item) for item in found} == {
        "depot:Piscine": {
            "RC.pdf": PDF,
            "Lot 1/CCAP.pdf": b"ccap",
            "Lot 1/plans.zip/Plan n°1.pdf": b"plan",
        },
        "depot:Voirie.zip": {"Voirie.zip/CCTP.pdf": b"cctp", "Voirie.zip/lots/Lot 2.rar/BPU.pdf": b"bpu"},
        "": {"seul.pdf": b"seul"},
    }
    assert [problem for item in found for problem in item.problems] == []


def test_only_what_is_new_comes_after_the_watermark(tmp_path: Path) -> None:
    chosen = settings(tmp_path, drop_dir=lay(tmp_path / "depot", DROP))
    first = items("folder", chosen)
    assert [item.cursor for item in first] == sorted((item.cursor for item in first), key=int)
    last = first[-1].cursor
    assert items("folder", chosen, watermark=last) == []
    lay(tmp_path / "depot", {"Piscine/AE.pdf": b"ae", "Ecole.zip": zipped({"RC.pdf": b"rc"})})
    old = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    os.utime(tmp_path / "depot" / "Ecole.zip", (old, old))  # copied with its date: new here all the same
    again = items("folder", chosen, watermark=last)
    assert {item.tender_key: len(item.files) for item in again} == {"depot:Piscine": 4, "depot:Ecole.zip": 1}


def test_a_bad_archive_does_not_lose_its_tender(tmp_path: Path) -> None:
    files = {
        "T/RC.pdf": PDF,
        "T/coupé.zip": zipped({"a.pdf": b"a"})[:50],
        "T/clos.zip": flagged(zipped({"b.pdf": b"b"}), 1),
    }
    (item,) = items("folder", settings(tmp_path, drop_dir=lay(tmp_path / "depot", files)))
    assert tree(item) == {"RC.pdf": PDF}
    assert sorted(problem.code for problem in item.problems) == ["archive_damaged", "archive_encrypted"]


def test_a_broken_link_is_told(tmp_path: Path) -> None:
    lay(tmp_path / "depot", {"T/RC.pdf": PDF})
    (tmp_path / "depot/T/dce.zip").symlink_to(tmp_path / "absent.zip")
    (item,) = items("folder", settings(tmp_path, drop_dir=tmp_path / "depot"))
    assert tree(item) == {"RC.pdf": PDF}
    (problem,) = item.problems
    assert (problem.code, "dce.zip" in problem.message, "lien brisé" in problem.message) == ("unreadable", True, True)


def test_a_drop_folder_that_is_not_there(tmp_path: Path) -> None:
    chosen = settings(tmp_path, drop_dir=tmp_path / "absent")
    with pytest.raises(SourceError, match="CLAUSOSCOPE_DROP_DIR"):
        items("folder", chosen)
    with Client(chosen) as client:
        assert open_source("folder", chosen).check(client).ok is False
        (tmp_path / "absent").mkdir()
        assert open_source("folder", chosen).check(client).ok is True


# ---------------------------------------------------------------- links

LISTS = {
    "plain": "# ce matin\nhttps://a.fr/RC.pdf\n\nhttps://b.fr/DCE.zip\n",
    "csv-semicolon": "Marché;Lien;Type\nT1;https://a.fr/RC.pdf;rc\nT1;https://b.fr/DCE.zip;\n",
    "csv-comma-quoted": 'nom,url\n"Règlement, signé",https://a.fr/RC.pdf\n,https://b.fr/DCE.zip\n',
}
EXPECTED = {
    "plain": [("lien:https://a.fr/RC.pdf", ["dce"]), ("lien:https://b.fr/DCE.zip", ["dce"])],
    "csv-semicolon": [("lien:T1", ["rc", "dce"])],
    "csv-comma-quoted": [("lien:https://a.fr/RC.pdf", ["dce"]), ("lien:https://b.fr/DCE.zip", ["dce"])],
}


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_links(name: str, codec: str, tmp_path: Path) -> None:
    (tmp_path / "liens.csv").write_bytes(LISTS[name].encode(codec))
    found = items("urls", settings(tmp_path, url_list=str(tmp_path / "liens.csv")))
    assert [(item.tender_key, [link.kind for link in item.links]) for item in found] == EXPECTED[name]
    assert [link.url for item in found for link in item.links] == ["https://a.fr/RC.pdf", "https://b.fr/DCE.zip"]


def test_a_list_on_the_web(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/liens.txt": Reply(body=b"https://a.fr/RC.pdf")})
    (item,) = items("urls", settings(tmp_path, url_list=f"{server.url}/liens.txt"))
    assert item.links[0].url == "https://a.fr/RC.pdf"


def test_a_bad_line_does_not_lose_the_others(tmp_path: Path) -> None:
    (tmp_path / "l").write_text("https://a.fr/RC.pdf\nRC.pdf\njavascript:alert(1)\n")
    *bad, good = items("urls", settings(tmp_path, url_list=str(tmp_path / "l")))
    assert [problem.code for item in bad for problem in item.problems] == ["bad_link", "bad_link"]
    assert "ligne 2 : « RC.pdf »" in bad[0].problems[0].message
    assert good.links[0].url == "https://a.fr/RC.pdf"


@pytest.mark.parametrize("place", ["", "absent.csv"], ids=["not-set", "missing"])
def test_no_list(place: str, tmp_path: Path) -> None:
    chosen = settings(tmp_path, url_list=place and str(tmp_path / place))
    with pytest.raises(SourceError):
        items("urls", chosen)
    with Client(chosen) as client:
        assert open_source("urls", chosen).check(client).ok is False


# ---------------------------------------------------------------- remote folders

REMOTE = {
    "Piscine/RC.pdf": PDF,
    "Piscine/Lot 1/Éléments n°2.pdf": b"elements",
    "Voirie.zip": zipped({"CCTP.pdf": b"cctp"}),
    "vide.pdf": b"",
}
LAID = {
    "depot:Piscine": {"RC.pdf": PDF, "Lot 1/Éléments n°2.pdf": b"elements"},
    "depot:Voirie.zip": {"Voirie.zip/CCTP.pdf": b"cctp"},
    "": {"vide.pdf": b""},
}
STAMP = datetime(2026, 11, 21, 3, 0, 0, tzinfo=UTC)


def web_folder(files: dict[str, bytes]) -> Callable[[Asked], Reply]:
    """A server that lists its folders as nginx and Apache do."""

    def answer(asked: Asked) -> Reply:
        from urllib.parse import quote, unquote

        place = unquote(asked.path).removeprefix("/dce/")
        if place in files:
            return document(files[place], modified="Sat, 21 Nov 2026 03:00:00 GMT")(asked)  # type: ignore[operator]
        names = {name.removeprefix(place).partition("/") for name in files if name.startswith(place)}
        links = sorted({quote(first + slash) for first, slash, _ in names})
        if not links:
            return Reply(status=404)
        page = "".join(f'<a href="{link}">{link}</a>' for link in ["?C=M;O=A", "../", "/autre/", *links, "./"])
        return Reply(body=f"<html><body>{page}</body></html>".encode(), headers={"Content-Type": "text/html"})

    return answer


@pytest.fixture
def s3(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The files of the bucket « dce » of an S3 server."""
    files: dict[str, bytes] = {}

    def answer(asked: Asked) -> Reply:
        from urllib.parse import unquote
        from xml.sax.saxutils import escape

        place = unquote(asked.path).removeprefix("/dce").strip("/")
        told = {"Last-Modified": "Sat, 21 Nov 2026 03:00:00 GMT", "ETag": '"e"'}
        if place in files:
            body = files[place]
            if span := asked.headers.get("range", "").removeprefix("bytes="):
                start, end = (int(bound) for bound in span.split("-"))
                whole = len(body)
                body = body[start : end + 1]
                return Reply(status=206, body=body, headers={**told, "Content-Range": f"bytes {start}-{end}/{whole}"})
            return Reply(body=body, headers=told)
        prefix, delimiter = asked.query.get("prefix", ""), asked.query.get("delimiter", "")
        keys = [name for name in sorted(files) if name.startswith(prefix)]
        if (
            asked.path.strip("/") != "dce"
            or asked.headers["authorization"].split("/")[0] != "AWS4-HMAC-SHA256 Credential=cle"
        ):
            return Reply(status=403, body=b"<Error><Code>AccessDenied</Code><Message>non</Message></Error>")
        assert not delimiter or keys
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-11-21T03:00:00.000Z</LastModified>"
            f"<ETag>e</ETag><Size>{len(files[key])}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for key in keys
        )
        page = f"<ListBucketResult><Name>dce</Name><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
        return Reply(body=page.encode(), headers={"Content-Type": "application/xml"})

    monkeypatch.setenv("AWS_ENDPOINT_URL", serve({"*": answer}).url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "cle")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return files


@pytest.fixture(params=["http", "s3", "sftp"])
def remote(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    serve: Callable[..., Server],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[str, Callable[[dict[str, bytes]], None]]]:
    """The address of a remote folder of each kind, and how to lay files there."""
    if request.param == "http":
        files: dict[str, bytes] = {}
        yield f"{serve({'*': web_folder(files)}).url}/dce/", files.update
    elif request.param == "s3":
        bucket = request.getfixturevalue("s3")
        yield "s3://dce", bucket.update
    else:
        with SftpServer(tmp_path / "distant") as server:
            monkeypatch.setenv("HOME", str(tmp_path))
            lay(tmp_path / ".ssh", {"known_hosts": server.known_hosts().encode()})

            def put(files: dict[str, bytes]) -> None:
                lay(tmp_path / "distant/marches", files)
                for path in (tmp_path / "distant").rglob("*.*"):
                    os.utime(path, (STAMP.timestamp(), STAMP.timestamp()))

            yield f"sftp://moi:secret@127.0.0.1:{server.port}/marches", put


def test_a_remote_folder_is_read_as_a_drop_folder(
    remote: tuple[str, Callable[[dict[str, bytes]], None]], tmp_path: Path
) -> None:
    url, put = remote
    put(REMOTE)
    chosen = settings(tmp_path, remote_url=url)
    first = items("remote", chosen)
    assert {item.tender_key: tree(item) for item in first} == LAID
    assert [problem for item in first for problem in item.problems] == []

    last = max(first, key=lambda item: int(item.cursor)).cursor
    assert items("remote", chosen, watermark=last) == []

    put({"Piscine/AE.pdf": b"ae"})
    (changed,) = items("remote", chosen, watermark=last)
    assert tree(changed) == LAID["depot:Piscine"] | {"AE.pdf": b"ae"}


def test_a_remote_folder_answers(remote: tuple[str, Callable[[dict[str, bytes]], None]], tmp_path: Path) -> None:
    url, put = remote
    put(REMOTE)
    chosen = settings(tmp_path, remote_url=url)
    with Client(chosen) as client:
        told = open_source("remote", chosen).check(client)
    assert told.ok, told.message
    assert "secret" not in told.message


def test_a_remote_file_too_large_is_left(s3: dict[str, bytes], tmp_path: Path) -> None:
    s3.update({"T/gros.pdf": b"0" * 1_000_001, "T/RC.pdf": PDF})
    trouble, tender = items("remote", settings(tmp_path, remote_url="s3://dce", max_download_mb=1))
    assert (trouble.tender_key, [problem.code for problem in trouble.problems]) == ("depot:T", ["too_large"])
    assert tree(tender) == {"RC.pdf": PDF}


def test_names_of_a_remote_folder_stay_in_ours(s3: dict[str, bytes], tmp_path: Path) -> None:
    s3.update({"../../dehors.pdf": PDF, "T/RC.pdf": PDF})
    (tender,) = items("remote", settings(tmp_path, remote_url="s3://dce"))
    assert tree(tender) == {"RC.pdf": PDF}
    assert list(tmp_path.rglob("dehors*")) == []


REFUSED = {
    "not-set": "",
    "unknown-kind": "gopher://exemple.fr/dce",
    "s3-other-bucket": "s3://autre",
    "sftp-nobody": "sftp://moi@127.0.0.1:1/dce",
    "http-private": "http://127.0.0.2/dce/",
}


@pytest.mark.parametrize("url", [pytest.param(url, id=name) for name, url in REFUSED.items()])
def test_a_remote_folder_that_cannot_be_had(url: str, s3: dict[str, bytes], tmp_path: Path) -> None:
    chosen = settings(tmp_path, remote_url=url)
    with pytest.raises(SourceError) as raised:
        items("remote", chosen)
    assert "\n" not in str(raised.value)
    with Client(chosen) as client:
        assert open_source("remote", chosen).check(client).ok is False


@pytest.mark.parametrize("known", [b"", b"[127.0.0.1]:1 ssh-rsa AAAA\n"], ids=["no-key", "another-key"])
def test_an_unknown_sftp_server_is_not_trusted(known: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path / "distant", {"RC.pdf": PDF})
    lay(tmp_path / ".ssh", {"known_hosts": known})
    monkeypatch.setenv("HOME", str(tmp_path))
    with SftpServer(tmp_path / "distant") as server, pytest.raises(SourceError, match="ssh-keyscan") as raised:
        items("remote", settings(tmp_path, remote_url=f"sftp://moi:secret@127.0.0.1:{server.port}/"))
    assert "secret" not in str(raised.value)
