"""The order in which the files of a tender are read, and what a time limit for the tender leaves unread."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors.errors import RuleError
from extractors.reading_order import ORDER_FILE, load_order, place_of

SIZE = 1000


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param("DCE/CCAP.pdf", "DCE/RC.pdf", id="ccap-rc"),
        pytest.param("Annexe clause sociale.docx", "RC.pdf", id="worth-before-cost"),
        pytest.param("RC.docx", "AE lot 1.pdf", id="rc-ae"),
        pytest.param("AE.pdf", "CCTP.pdf", id="ae-cctp"),
        pytest.param("CCTP Lot 3.pdf", "BPU.xlsx", id="cctp-bpu"),
        pytest.param("DPGF.xlsx", "Notice hydraulique.pdf", id="dpgf-other"),
        pytest.param("Notice.pdf", "DC1.pdf", id="other-dc"),
        pytest.param("DC2.doc", "Plan de masse.pdf", id="dc-plan"),
        pytest.param("Notice.docx", "Photos du site.pdf", id="other-photos"),
        pytest.param("Plan d'insertion.pdf", "Plan de masse.pdf", id="a-plan-of-insertion-is-no-drawing"),
        pytest.param("CCTP_plans.pdf", "Notice.pdf", id="a-name-that-says-its-piece-is-believed"),
        pytest.param("CCAP.pdf", "CCAP.docx", id="pdf-word"),
        pytest.param("CCAP.docx", "CCAP.jpg", id="word-image"),
        pytest.param("BPU.xlsx", "BPU.doc", id="sheet-word"),
        pytest.param("CCAP.txt", "CCAP.inconnu", id="unknown-suffix"),
    ],
)
def test_what_is_read_first(first: str, then: str) -> None:
    assert place_of(first, size=SIZE) < place_of(then, size=SIZE)


def test_of_two_alike_the_lighter_is_read_first() -> None:
    assert place_of("CCAP.pdf", size=100) < place_of("CCAP scan.pdf", size=5_000_000)


@pytest.mark.parametrize(
    ("words", "instead", "message"),
    [
        pytest.param('["dc"]', '["dc", "rc"]', "chaque type de document", id="twice"),
        pytest.param('"qr", ', "", "chaque type de document", id="forgotten"),
        pytest.param("[[cost]]\nkinds", "[[cost]]\nsortes", "clés inconnues sortes", id="key"),
        pytest.param(r"(?:plans?", r"((?:plans?", "motif faux", id="pattern"),
    ],
)
def test_a_wrong_order_is_refused(tmp_path: Path, words: str, instead: str, message: str) -> None:
    text = ORDER_FILE.read_text("utf-8")
    assert words in text
    wrong = tmp_path / ORDER_FILE.name
    wrong.write_text(text.replace(words, instead, 1), "utf-8")
    with pytest.raises(RuleError, match=message):
        load_order(wrong)
