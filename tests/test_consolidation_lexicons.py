"""The lexicons of consolidation: right as they are, and a wrong one is refused with the mend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extractors.consolidation.contradictions import CONTRADICTIONS_FILE, load_settings
from extractors.consolidation.declared import DECLARED_FILE, load_declared
from extractors.consolidation.lexicons import check_lexicons
from extractors.consolidation.obligation import OBLIGATION_FILE, load_obligation
from extractors.consolidation.order import ORDER_FILE, load_orders
from extractors.errors import RuleError


def test_the_lexicons_are_right() -> None:
    assert check_lexicons() >= 30


@pytest.mark.parametrize(
    ("file", "load", "words", "instead", "message"),
    [
        pytest.param(ORDER_FILE, load_orders, "corrects =", "corrige =", "clés inconnues corrige", id="order-key"),
        pytest.param(ORDER_FILE, load_orders, '"alternance", ', "", "chaque catégorie du lexique", id="category"),
        pytest.param(ORDER_FILE, load_orders, '["cctp"], ["rc"]', '["rc"]', "chaque type de document", id="doc-type"),
        pytest.param(
            ORDER_FILE,
            load_orders,
            'first = "ae"',
            'first = "ccap"',
            "« ae » l'emporte, pas « ccap »",
            id="order-example",
        ),
        pytest.param(ORDER_FILE, load_orders, "[[order]]", "[[order", "TOML illisible", id="toml"),
        pytest.param(CONTRADICTIONS_FILE, load_settings, "ignored", "ignore", "clés inconnues ignore", id="settings"),
        pytest.param(DECLARED_FILE, load_declared, "[written_in]", "[ecrit]", "clés inconnues ecrit", id="declared"),
        pytest.param(OBLIGATION_FILE, load_obligation, "entity =", "autre =", "clés inconnues autre", id="threshold"),
        pytest.param(
            OBLIGATION_FILE,
            load_obligation,
            "aucune clause sociale.",
            "aucune clause (L2112-2-1).",
            "exemple en échec",
            id="ground",
        ),
    ],
)
def test_a_wrong_lexicon_is_refused(
    file: Path, load: Callable[[Path], Any], words: str, instead: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / file.name
    path.write_text(file.read_text("utf-8").replace(words, instead), "utf-8")

    with pytest.raises(RuleError, match=message):
        load(path)
