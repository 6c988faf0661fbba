"""What the buyer declares beside what the documents say, and where a tender stands with article L2112-2-1."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from extractors.consolidation.declared import compare_declared
from extractors.consolidation.obligation import Procurement, derogation, load_obligation, obligation
from extractors.consolidation.records import Source, StatedClause
from extractors.notices.records import Declared, Meaning
from extractors.schema import Absence, Clause, Evidence


def said(meaning: Meaning, *, field: str = "considerationsSociales", lot: str | None = None) -> Declared:
    return Declared(field=field, value="x", meaning=meaning, lot=lot)


def document(doc_type: str, *clauses: str, absent: str = "", complete: bool = True, quote: str = "") -> Source:
    """Each clause « category » or « category lot,lot »."""
    stated = []
    for id, words in enumerate(clauses):
        category, _, lots = words.partition(" ")
        row = Clause(category=category, lots=tuple((lots or "*").split(",")), confidence=0.9, rule="cas", evidence=())
        stated.append(StatedClause(id=id, clause=row))
    proof = (Evidence(page=1, quote=quote),)
    absences = tuple(Absence(category=category, rule="cas", evidence=proof) for category in absent.split())
    return Source(
        id=1, doc_type=doc_type, path=f"{doc_type}.pdf", clauses=tuple(stated), absences=absences, complete=complete
    )


@pytest.mark.parametrize(
    ("fields", "documents", "declared", "result", "agreements"),
    [
        pytest.param([], [], "rien", "unknown", [], id="nothing-known"),
        pytest.param([], [document("ccap")], "rien", "agree", [], id="nothing-on-either-side"),
        pytest.param(
            [said("clause")],
            [document("ccap", "clause_insertion")],
            "clause",
            "agree",
            ["* clause yes yes agree"],
            id="clause-found",
        ),
        pytest.param(
            [said("clause")],
            [document("rc")],
            "clause",
            "declared_only",
            ["* clause yes no declared_only"],
            id="not-found",
        ),
        pytest.param(
            [said("clause")],
            [document("cctp")],
            "clause",
            "unknown",
            ["* clause yes unknown unknown"],
            id="only-a-cctp-was-read",
        ),
        pytest.param(
            [said("clause")],
            [document("ccap", complete=False)],
            "clause",
            "unknown",
            ["* clause yes unknown unknown"],
            id="read-in-part",
        ),
        pytest.param(
            [said("critere")],
            [document("ccap")],
            "critere",
            "unknown",
            ["* critere yes unknown unknown"],
            id="a-criterion-is-written-in-the-rc",
        ),
        pytest.param(
            [],
            [document("ccap", "alternance")],
            "rien",
            "found_only",
            ["* clause unsaid yes found_only"],
            id="found-only",
        ),
        pytest.param(
            [said("aucune", field="BT-71")],
            [document("ccap", "clause_insertion")],
            "aucune",
            "found_only",
            ["* clause unsaid yes found_only", "* reserve no no agree"],
            id="no-reservation-denies-no-clause",
        ),
        pytest.param(
            [said("aucune")],
            [document("rc", "critere_social")],
            "aucune",
            "found_only",
            ["* clause no no agree", "* critere no yes found_only", "* reserve no no agree"],
            id="nothing-at-all-denied",
        ),
        pytest.param(
            [said("sociale")],
            [document("rc", "critere_social")],
            "sociale",
            "agree",
            ["* sociale yes yes agree"],
            id="unspecified-covers-what-is-found",
        ),
        pytest.param(
            [said("clause"), said("critere")],
            [document("rc", "critere_social")],
            "plusieurs",
            "declared_only",
            ["* clause yes no declared_only", "* critere yes yes agree"],
            id="two-declared-one-found",
        ),
        pytest.param(
            [said("reserve", lot="1"), said("aucune", field="BT-71", lot="2")],
            [document("rc", "reserve_iae 2")],
            "reserve",
            "declared_only",
            ["1 reserve yes no declared_only", "2 reserve no yes found_only"],
            id="by-lot",
        ),
        pytest.param(
            [said("reserve", lot="1")],
            [document("rc", "reserve_iae")],
            "reserve",
            "agree",
            ["1 reserve yes yes agree"],
            id="declared-by-lot-found-for-all",
        ),
        pytest.param(
            [said("inconnu", field="BT-70")],
            [document("avis", "clause_insertion"), document("ccap")],
            "clause",
            "declared_only",
            ["* clause yes no declared_only"],
            id="words-of-the-notice-declare",
        ),
        pytest.param(
            [],
            [document("avis", "clause_insertion")],
            "clause",
            "unknown",
            ["* clause yes unknown unknown"],
            id="a-notice-alone-finds-nothing",
        ),
    ],
)
def test_declared_and_found(
    fields: list[Declared], documents: list[Source], declared: str, result: str, agreements: list[str]
) -> None:
    found = compare_declared(fields, documents)

    assert (found.declared, found.result) == (declared, result)
    assert [f"{a.lot} {a.consideration} {a.declared} {a.found} {a.result}" for a in found.agreements] == agreements


# ---------------------------------------------------------------- obligation

BUILDING, OFFICE, CARE = ("45210000",), ("30190000",), ("85000000",)
AFTER = date(2026, 9, 1)
CCAP = document("ccap")


@pytest.mark.parametrize(
    ("launch", "documents", "status", "reason"),
    [
        pytest.param({"published": None}, [CCAP], "not_known", "aucun avis de lancement daté", id="no-date"),
        pytest.param(
            {"published": date(2026, 8, 21), "estimated_eur": 9e6},
            [CCAP],
            "before",
            "avis du 21/08/2026, avant le 22/08/2026",
            id="the-day-before",
        ),
        pytest.param(
            {"published": date(2026, 8, 22), "estimated_eur": 216_000.0, "cpv": OFFICE},
            [CCAP],
            "absent",
            "avis du 22/08/2026 ; valeur estimée 216 000 €, seuil 216 000 € (fournitures et services) ; "
            "aucune considération sociale trouvée dans les pièces lues",
            id="the-first-day-at-the-threshold",
        ),
        pytest.param(
            {"estimated_eur": 215_999.0, "cpv": OFFICE},
            [document("ccap", "clause_insertion")],
            "below",
            "avis du 01/09/2026 ; valeur estimée 215 999 €, seuil 216 000 € (fournitures et services)",
            id="below",
        ),
        pytest.param(
            {"estimated_eur": 150_000.0, "cpv": OFFICE, "buyer": "Ministère des Armées"},
            [document("ccap", "clause_insertion")],
            "found",
            "avis du 01/09/2026 ; valeur estimée 150 000 €, seuil 140 000 € (fournitures et services, État) ; "
            "considération sociale trouvée",
            id="the-state-has-its-own-threshold",
        ),
        pytest.param(
            {"estimated_eur": 5_403_999.0, "cpv": BUILDING},
            [CCAP],
            "below",
            "avis du 01/09/2026 ; valeur estimée 5 403 999 €, seuil 5 404 000 € (travaux)",
            id="works",
        ),
        pytest.param(
            {"procedure": "ouverte", "in_european_journal": True},
            [document("ccap", absent="clause_insertion", quote="Sans clause sociale : travaux de moins de six mois")],
            "derogation",
            "avis du 01/09/2026 ; procédure formalisée, publiée au Journal officiel de l'Union européenne ; "
            "absence motivée : travaux de moins de six mois",
            id="derogation",
        ),
        pytest.param(
            {"procedure": "ouverte", "in_european_journal": True},
            [document("rc", absent="reserve_handicap_iae", quote="Marché réservé : non, par dérogation")],
            "absent",
            "avis du 01/09/2026 ; procédure formalisée, publiée au Journal officiel de l'Union européenne ; "
            "aucune considération sociale trouvée dans les pièces lues",
            id="no-reservation-is-no-derogation",
        ),
        pytest.param(
            {"procedure": "ouverte", "in_european_journal": True},
            [document("rc", "critere_social")],
            "absent",
            "avis du 01/09/2026 ; procédure formalisée, publiée au Journal officiel de l'Union européenne ; "
            "aucune considération sociale trouvée dans les pièces lues",
            id="a-criterion-is-no-condition",
        ),
        pytest.param(
            {"procedure": "ouverte", "in_european_journal": True},
            [document("avis"), document("cctp")],
            "not_known",
            "avis du 01/09/2026 ; procédure formalisée, publiée au Journal officiel de l'Union européenne ; "
            "pièces du marché non lues",
            id="documents-not-read",
        ),
        pytest.param(
            {"procedure": "ouverte"},
            [CCAP],
            "not_known",
            "avis du 01/09/2026 ; valeur estimée inconnue, procédure formalisée sans parution européenne connue",
            id="formalised-without-amount",
        ),
        pytest.param(
            {"procedure": "adaptee", "cpv": OFFICE},
            [CCAP],
            "below",
            "avis du 01/09/2026 ; procédure adaptée",
            id="adapted",
        ),
        pytest.param(
            {"procedure": "adaptee", "cpv": CARE},
            [CCAP],
            "not_known",
            "avis du 01/09/2026 ; procédure adaptée de services qui y ont droit quel que soit le montant",
            id="adapted-whatever-the-amount",
        ),
        pytest.param({}, [CCAP], "not_known", "avis du 01/09/2026 ; valeur estimée inconnue", id="nothing-known"),
    ],
)
def test_obligation(launch: dict[str, Any], documents: list[Source], status: str, reason: str) -> None:
    found = obligation(Procurement(**({"published": AFTER} | launch)), documents)

    assert (found.status, found.reason.replace("\N{NO-BREAK SPACE}", " ")) == (status, reason)


@pytest.mark.parametrize(
    ("words", "ground"),
    [
        pytest.param(
            "L'acheteur déroge à l'obligation de prévoir des considérations sociales (L. 2112-2-1).",
            "dérogation annoncée sans motif lisible",
            id="stated",
        ),
        pytest.param(
            "Dérogation à l'obligation de considérations sociales : prestations immédiatement disponibles.",
            "solution immédiatement disponible",
            id="solution",
        ),
        pytest.param("Clause sociale : sans objet.", None, id="no-ground"),
        pytest.param("Le marché n'est pas réservé et ne comporte pas de clause sociale.", None, id="plain-absence"),
    ],
)
def test_the_ground_of_an_absence(words: str, ground: str | None) -> None:
    absence = Absence(category="clause_insertion", rule="cas", evidence=(Evidence(page=1, quote=words),))

    assert derogation(absence) == ground


def test_thresholds_say_where_they_come_from() -> None:
    for row in load_obligation().thresholds:
        assert row.central < row.other < row.entity < row.works
        assert "(UE)" in row.source
