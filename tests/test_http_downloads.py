"""The downloads of the HTTP client: resumed, limited, named, and never two documents joined in one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import pdf
from hurried import client
from servers import Asked, Reply, Server, document

from flows.http import HttpError
from flows.http_errors import BadAnswer, BadStatus, Incomplete, PageInstead, TooLarge, TooSlow

PDF = pdf()
PAGE = b"<!DOCTYPE html><html><body>Veuillez vous identifier</body></html>"


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_download_is_whole_named_and_hashed(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/dce/RC.pdf": document(PDF, etag='"v1"', modified="Sat, 21 Nov 2026 03:00:00 GMT")})
    with client() as http:
        got = http.download(f"{server.url}/dce/RC.pdf", tmp_path)
    assert got is not None
    assert (got.name, got.size, got.etag, got.last_modified) == (
        "RC.pdf", len(PDF), '"v1"', "Sat, 21 Nov 2026 03:00:00 GMT",
    )  # fmt: skip
    assert got.sha256 == hashlib.sha256(PDF).hexdigest()
    assert got.path.read_bytes() == PDF
    assert left(tmp_path) == [f"{got.sha256[:16]}.pdf"]


@pytest.mark.parametrize(
    "known", [{"etag": '"v1"'}, {"last_modified": "Sat, 21 Nov 2026 03:00:00 GMT"}], ids=["etag", "date"]
)
def test_a_document_that_did_not_change_is_not_sent_again(
    known: dict[str, str], serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve({"/rc.pdf": document(PDF, etag='"v1"', modified="Sat, 21 Nov 2026 03:00:00 GMT")})
    with client() as http:
        assert http.download(f"{server.url}/rc.pdf", tmp_path, **known) is None
        assert http.download(f"{server.url}/rc.pdf", tmp_path, etag='"v0"') is not None


def cut_then(body: bytes, at: int, *, etag: str, then: Callable[[Asked], Reply]) -> Callable[[Asked], Reply]:
    """The first answer stops at `at`; the next ones are those of `then`."""
    cut: list[bool] = []

    def answer(asked: Asked) -> Reply:
        if cut:
            return then(asked)
        cut.append(True)
        return Reply(body=body[:at], announced=len(body), headers={"ETag": etag})

    return answer


def test_a_cut_download_goes_on_where_it_stopped(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/rc.pdf": cut_then(PDF, 500, etag='"v1"', then=document(PDF, etag='"v1"'))})
    with client() as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and got.path.read_bytes() == PDF
    assert (server.asked[1].headers["range"], server.asked[1].headers["if-range"]) == ("bytes=500-", '"v1"')


def test_a_later_run_goes_on_where_the_first_was_cut(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/rc.pdf": cut_then(PDF, 500, etag='"v1"', then=document(PDF, etag='"v1"'))})
    with client(retries=0) as http, pytest.raises(Incomplete):
        http.download(f"{server.url}/rc.pdf", tmp_path)
    with client(retries=0) as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and got.path.read_bytes() == PDF
    assert server.asked[1].headers["range"] == "bytes=500-"
    assert left(tmp_path) == [got.path.name]


CHANGED = pdf(lines=("Le document a changé entre les deux demandes.",))
OTHER_ENDS = {
    "document-changed": document(CHANGED, etag='"v2"'),
    "ranges-unknown": Reply(body=CHANGED),
    "range-refused": lambda asked: Reply(status=416) if "range" in asked.headers else Reply(body=CHANGED),
    "wrong-range": lambda asked: (
        Reply(status=206, body=b"x", headers={"Content-Range": "bytes 7-7/8"})
        if "range" in asked.headers
        else Reply(body=CHANGED)
    ),
}


@pytest.mark.parametrize("then", [pytest.param(then, id=name) for name, then in OTHER_ENDS.items()])
def test_two_halves_of_different_documents_are_never_joined(
    then: Callable[[Asked], Reply] | Reply, serve: Callable[..., Server], tmp_path: Path
) -> None:
    rest = then if callable(then) else lambda asked: then
    server = serve({"/rc.pdf": cut_then(PDF, 500, etag='"v1"', then=rest)})
    with client() as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and got.path.read_bytes() == CHANGED
    assert left(tmp_path) == [got.path.name]


@pytest.mark.parametrize("etag", ["", 'W/"v1"'], ids=["no-proof", "weak-proof"])
def test_without_proof_a_cut_download_starts_again(etag: str, serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/rc.pdf": cut_then(PDF, 500, etag=etag, then=document(PDF))})
    with client() as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and got.path.read_bytes() == PDF
    assert "range" not in server.asked[1].headers


REFUSED = {
    "endless-body": (Reply(body=b"0" * 65536, endless=True), TooLarge),
    "announced-too-large": (Reply(body=b"", announced=2_000_000), TooLarge),
    "slow-without-end": (Reply(body=b"%PDF-", endless=True, pause=0.05), TooSlow),
    "html-instead-of-pdf": (Reply(body=PAGE, headers={"Content-Type": "text/html; charset=utf-8"}), PageInstead),
    "html-that-says-zip": (Reply(body=PAGE, headers={"Content-Type": "application/zip"}), PageInstead),
    "empty-page": (Reply(body=b"", headers={"Content-Type": "text/html"}), PageInstead),
    "wrong-length": (Reply(body=PDF, announced=len(PDF) + 9), Incomplete),
    "404": (Reply(status=404), BadStatus),
}


@pytest.mark.parametrize(("fault", "error"), [pytest.param(*case, id=name) for name, case in REFUSED.items()])
def test_a_download_that_cannot_be_had(
    fault: Reply, error: type[HttpError], serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve({"/dce.zip": fault})
    with client(max_download_mb=1, max_download_seconds=0.5) as http, pytest.raises(error) as raised:
        http.download(f"{server.url}/dce.zip", tmp_path)
    assert f"{server.url}/dce.zip" in str(raised.value)
    assert [name for name in left(tmp_path) if not name.startswith(".")] == []


NAMES = {
    "plain": ('attachment; filename="DCE.pdf"', "DCE.pdf"),
    "unquoted": ("attachment; filename=DCE 1.pdf", "DCE 1.pdf"),
    "extended": ("attachment; filename=\"x.pdf\"; filename*=UTF-8''R%C3%A8glement%20n%C2%B01.pdf", "Règlement n°1.pdf"),
    "utf-8-bytes": ('attachment; filename="Règlement.pdf"'.encode().decode("latin-1"), "Règlement.pdf"),
    "latin-1": ('attachment; filename="Règlement.pdf"', "Règlement.pdf"),
    "climbing": ('attachment; filename="../../etc/RC.pdf"', "RC.pdf"),
    "climbing-windows": (r'attachment; filename="C:\tmp\RC.pdf"', "RC.pdf"),
    "unknown-alphabet": ("attachment; filename*=martien''RC.pdf; filename=\"RC.pdf\"", "RC.pdf"),
    "no-suffix": ('attachment; filename="RC"', "RC.pdf"),
    "wrong-suffix": ('attachment; filename="RC.zip"', "RC.pdf"),
    "none": ("", "telecharger.pdf"),
}


@pytest.mark.parametrize(("header", "name"), [pytest.param(*case, id=name) for name, case in NAMES.items()])
def test_the_name_of_a_download(header: str, name: str, serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/telecharger.php": Reply(body=PDF, headers={"Content-Disposition": header} if header else {})})
    with client() as http:
        got = http.download(f"{server.url}/telecharger.php", tmp_path)
    assert got is not None
    assert (got.name, got.path.suffix) == (name, ".pdf")


def test_a_folder_that_cannot_be_written(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/rc.pdf": Reply(body=PDF)})
    (tmp_path / "fichier").write_bytes(b"")
    with client() as http, pytest.raises(Exception, match="Impossible d'écrire"):
        http.download(f"{server.url}/rc.pdf", tmp_path / "fichier")


def test_a_part_of_a_document_that_was_asked_whole(serve: Callable[..., Server], tmp_path: Path) -> None:
    part = Reply(status=206, body=b"abc", headers={"Content-Range": "bytes 5-7/9"})
    server = serve({"/rc.pdf": part})
    with client() as http, pytest.raises(BadAnswer, match="qu'une partie"):
        http.download(f"{server.url}/rc.pdf", tmp_path)


def test_not_modified_though_nothing_was_known(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/rc.pdf": Reply(status=304)})
    with client() as http, pytest.raises(BadAnswer, match="inchangé"):
        http.download(f"{server.url}/rc.pdf", tmp_path)


STRANGE = {
    "etag-latin-1": ({"ETag": '"\xe9"'}, ("", "")),
    "date-in-words": ({"Last-Modified": "lun., 03 f\xe9vr. 2025 10:00:00 GMT"}, ("", "")),
    "yesterday": ({"ETag": '"v1"', "Last-Modified": "hier"}, ('"v1"', "")),
    "end-of-time": ({"Last-Modified": "Fri, 31 Dec 9999 23:59:59 GMT"}, ("", "")),
}


@pytest.mark.parametrize(("headers", "kept"), [pytest.param(*case, id=name) for name, case in STRANGE.items()])
def test_a_proof_that_cannot_be_sent_back_is_not_kept(
    headers: dict[str, str], kept: tuple[str, str], serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve({"/rc.pdf": Reply(body=PDF, headers=headers)})
    with client() as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and (got.etag, got.last_modified) == kept


def test_an_old_proof_that_cannot_be_sent_is_not(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/rc.pdf": Reply(body=PDF)})
    with client() as http:
        assert http.download(f"{server.url}/rc.pdf", tmp_path, etag='"é"', last_modified="févr.") is not None
    assert "if-none-match" not in server.asked[0].headers


def test_a_download_cut_under_a_proof_that_cannot_be_sent(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/rc.pdf": cut_then(PDF, 500, etag='"\xe9"', then=document(PDF))})
    with client() as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and got.path.read_bytes() == PDF


@pytest.mark.parametrize("codec", ["idna", "undefined"])
def test_a_name_in_an_alphabet_that_is_none(codec: str, serve: Callable[..., Server], tmp_path: Path) -> None:
    told = {"Content-Disposition": f"attachment; filename*={codec}''%41.pdf"}
    server = serve({"/rc.pdf": Reply(body=PDF, headers=told)})
    with client() as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and got.name == "rc.pdf"


def test_a_total_of_thousands_of_digits(serve: Callable[..., Server], tmp_path: Path) -> None:
    rest = Reply(status=206, body=PDF[500:], headers={"Content-Range": "bytes 500-/" + "9" * 5000})
    server = serve({"/rc.pdf": cut_then(PDF, 500, etag='"v1"', then=lambda asked: rest)})
    with client() as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and got.path.read_bytes() == PDF
