"""Which documents are older versions of others, and what a new version changes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from extractors.consolidation.changes import changes
from extractors.consolidation.records import Source, StatedClause, StatedVolume
from extractors.consolidation.versions import VERSIONS_FILE, File, Superseded, check_examples, load_marks, superseded
from extractors.errors import RuleError
from extractors.replaces import replaces_earlier
from extractors.schema import Absence, Clause, Document, Evidence, Line, Page, Volume

OLD, NEW = date(2026, 10, 1), date(2026, 11, 3)


def test_the_examples_of_the_file_hold() -> None:
    assert check_examples() >= 12


@pytest.mark.parametrize(
    ("words", "instead", "message"),
    [
        pytest.param("pattern", "motif", "clés inconnues motif", id="unknown-key"),
        pytest.param('kind = "date"', 'kind = "jour"', "kind « jour » inconnu", id="unknown-kind"),
        pytest.param("(?P<y>", "(?P<y", "motif faux", id="wrong-pattern"),
        pytest.param('old = "RC_v2.pdf"', 'old = ""', "remplacé « RC_v2.pdf », pas «  »", id="false-example"),
    ],
)
def test_a_wrong_file_is_refused(words: str, instead: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "versions.toml"
    path.write_text(VERSIONS_FILE.read_text("utf-8").replace(words, instead), "utf-8")

    with pytest.raises(RuleError, match=message):
        load_marks(path)
        check_examples(path)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            [File(id=1, path="T/CCAP.pdf", since=OLD), File(id=2, path="T/CCAP VF.pdf", since=NEW)],
            [Superseded(old=1, new=2, reason="name")],
            id="same-age-by-name-then-by-day",
        ),
        pytest.param(
            [File(id=1, path="T/CCAP.pdf", since=NEW), File(id=2, path="T/CCAP VF.pdf", since=NEW)],
            [],
            id="came-together",
        ),
        pytest.param(
            [
                File(id=1, path="boamp:26-1/0a1b2c3d/RC.pdf", since=OLD),
                File(id=2, path="ted:3-2026/ffeeddcc/RC.pdf", since=NEW),
            ],
            [Superseded(old=1, new=2, reason="name")],
            id="another-link-of-another-day",
        ),
        pytest.param(
            [
                File(id=1, path="T/CCAP.pdf", doc_type="ccap", since=OLD),
                File(
                    id=2,
                    path="T/Cahier.pdf",
                    doc_type="ccap",
                    since=NEW,
                    replaces_earlier=True,
                ),
            ],
            [Superseded(old=1, new=2, reason="said")],
            id="said-on-the-first-page",
        ),
        pytest.param(
            [
                File(id=1, path="T/AE lot 1.pdf", doc_type="ae", since=OLD),
                File(id=2, path="T/Acte lot 2.pdf", doc_type="ae", since=NEW, replaces_earlier=True),
            ],
            [],
            id="said-of-another-lot",
        ),
        pytest.param(
            [
                File(id=1, path="T/a.pdf", doc_type="ccap", since=OLD),
                File(id=2, path="T/b.pdf", doc_type="ccap", since=OLD),
                File(id=3, path="T/c.pdf", doc_type="ccap", since=NEW, replaces_earlier=True),
            ],
            [],
            id="said-of-one-of-two",
        ),
        pytest.param(
            [File(id=n, path=f"T/CCAP_V{n}.pdf") for n in (1, 2, 3)],
            [Superseded(old=1, new=3, reason="name"), Superseded(old=2, new=3, reason="name")],
            id="three-versions",
        ),
        pytest.param(
            [File(id=1, path="T/Lot 1/CCTP.pdf", since=OLD), File(id=2, path="T/Lot 2/CCTP.pdf", since=NEW)],
            [],
            id="two-lots",
        ),
        pytest.param(
            [File(id=1, path="T/CCTP_lot_1.pdf", since=OLD), File(id=2, path="T/CCTP_lot_1_modifié.pdf", since=OLD)],
            [Superseded(old=1, new=2, reason="name")],
            id="of-one-lot",
        ),
        pytest.param(
            [File(id=1, path="T/RC.pdf"), File(id=1, path="T/copie/RC_V2.pdf"), File(id=1, path="T/RC_V2.pdf")],
            [],
            id="one-content-under-several-names",
        ),
    ],
)
def test_versions(files: list[File], expected: list[Superseded]) -> None:
    assert sorted(superseded(files), key=lambda row: row.old) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(("CCAP", "Ce document annule et remplace la version du 3 octobre 2026"), True, id="version"),
        pytest.param(("RÈGLEMENT DE LA CONSULTATION", "Annule et remplace"), True, id="alone-on-its-line"),
        pytest.param(("Le présent règlement annule et", "remplace le précédent."), True, id="over-two-lines"),
        pytest.param(("Ce marché annule et remplace le marché n° 2024-12.",), False, id="another-contract"),
        pytest.param(("Toute convention antérieure est annulée et remplacée.",), False, id="other-words"),
        pytest.param((), False, id="no-page"),
    ],
)
def test_a_document_says_that_it_replaces_an_earlier_version(lines: tuple[str, ...], expected: bool) -> None:
    read = tuple(Line(text=text, bbox=(0, 0, 1, 1)) for text in lines)
    pages = (Page(number=1, width=1, height=1, lines=read),) if lines else ()

    assert replaces_earlier(Document(path="x.pdf", sha256="0", size=1, pages=pages)) is expected


# ---------------------------------------------------------------- changes


def source(id: int, path: str, hours: float | None, *, weight: float | None = None, absent: bool = False) -> Source:
    proof = (Evidence(page=id, quote=f"dit p. {id}"),)
    insertion = Volume(
        category="clause_insertion", value=hours or 0, unit="hours", confidence=0.9, rule="cas", evidence=proof
    )
    criterion = Clause(category="critere_social", weight_percent=weight, confidence=0.9, rule="cas", evidence=proof)
    return Source(
        id=id,
        doc_type="ccap",
        path=path,
        clauses=(StatedClause(id=id, clause=criterion),) if weight else (),
        volumes=(StatedVolume(id=id, volume=insertion),) if hours else (),
        absences=(Absence(category="reserve_iae", rule="cas", evidence=proof),) if absent else (),
    )


def test_a_new_version_is_compared_row_by_row() -> None:
    before = [source(1, "CCAP.pdf", 300, weight=10, absent=True), source(2, "RC.pdf", 120)]
    after = [source(3, "CCAP_V2.pdf", 350, weight=10), source(2, "RC.pdf", 120)]

    found = changes(before, after, replaced={1: 3})

    assert [(d.document, d.part, d.before is not None, d.after is not None) for d in found] == [
        ("CCAP_V2.pdf", "volumes", True, True),
        ("CCAP_V2.pdf", "absent", True, False),
    ]
    volume = found[0]
    assert isinstance(volume.before, Volume) and isinstance(volume.after, Volume)
    assert (volume.before.value, volume.before.evidence[0].quote) == (300, "dit p. 1")
    assert (volume.after.value, volume.after.evidence[0].quote) == (350, "dit p. 3")


def test_versions_of_versions_are_compared_with_the_last() -> None:
    found = changes([source(1, "CCAP.pdf", 300)], [source(3, "CCAP_V3.pdf", 350)], replaced={1: 2, 2: 3})

    assert [(d.document, d.part) for d in found] == [("CCAP_V3.pdf", "volumes")]


def test_a_document_that_is_new_or_gone_is_told_whole() -> None:
    found = changes([source(1, "RC.pdf", 300)], [source(2, "CCAP.pdf", 350)], replaced={})

    assert [(d.document, d.part, d.before is None) for d in found] == [
        ("RC.pdf", "status", False),
        ("RC.pdf", "doc_type", False),
        ("RC.pdf", "volumes", False),
        ("CCAP.pdf", "status", True),
        ("CCAP.pdf", "doc_type", True),
        ("CCAP.pdf", "volumes", True),
    ]
