"""Writes the table of figures of the README: `make evaluate`, after any change of a rule.

Columns are sets of known answers, rows are categories, then the other measures. The annotated notices and documents of
other buyers are not shipped: their folder is the only argument.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from extractors.codes import all_codes
from extractors.evaluate import Counts, Measures, Scores, Share
from flows.differences import PARTS
from flows.evaluate import COUNTS, SHARES, evaluate

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
START, END = "<!-- mesures : début -->\n", "<!-- mesures : fin -->\n"


def sets(gold: Path) -> Mapping[str, Sequence[Path]]:
    """Title of a column → files of answers."""
    return {
        "Avis": [gold / "dev_texts.jsonl"],
        "Pièces réelles": [gold / "dev_documents.jsonl"],
        "Pièces composées": [gold / "dev_composed.jsonl"],
        "Nos cas": sorted((ROOT / "tests" / "cases").glob("*.jsonl")),
        "Nos exemples": [ROOT / "data" / "raw" / "samples" / "gold.jsonl"],
    }


def table(scores: Mapping[str, Scores]) -> str:
    """F1 of each category, with the number of rows expected, then precision, recall and F1 of each measure."""
    lines = [
        f"| | {' | '.join(scores)} |",
        f"|---|{'---:|' * len(scores)}",
        f"| Documents, dont sans clause | {' | '.join(_documents(s) for s in scores.values())} |",
    ]
    for code in (code for code in all_codes() if code.kind == "category"):
        found = [{row.category: row.clauses for row in s.by_category}.get(code.code) for s in scores.values()]
        if any(counts and counts.tp + counts.fp + counts.fn for counts in found):
            lines.append(f"| {code.label} | {' | '.join(_f1(counts) for counts in found)} |")
    for name in COUNTS:
        cells = (_rates(getattr(s.total, name)) for s in scores.values())
        lines.append(f"| **{PARTS[name]}** : précision, rappel, F1 | {' | '.join(cells)} |")
    for name in SHARES:
        lines.append(f"| **{PARTS[name]}** | {' | '.join(_share(s.total, name) for s in scores.values())} |")
    for title, bands in (("Clauses", "clause_bands"), ("Volumes", "volume_bands")):
        cells = (_part(getattr(s.total, bands).high) for s in scores.values())
        lines.append(f"| **{title} de confiance ≥ 0,9** qui sont justes | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def notes(together: Scores, titles: Scores) -> str:
    """What the table cannot hold: all annotated sets together, each buyer left out, and titles alone."""
    total, left = together.total, together.left_out
    lines = (
        f"Avis et pièces annotés ensemble ({together.documents}) : F1 des clauses {_number(total.clauses.f1)}, "
        f"par lot {_number(total.clauses_by_lot.f1)}, des volumes {_number(total.volumes.f1)}, silence "
        f"{_part(total.silence)}, première famille {_part(total.family_top1)}.",
        f"En jugeant chaque acheteur avec les seules règles confirmées chez un autre (`--by buyer`) : F1 des clauses "
        f"{_number(left.clauses.f1)}, des volumes {_number(left.volumes.f1)}.",
        f"Première famille sur {titles.documents} titres dont rien n'a été appris : {_part(titles.total.family_top1)}.",
    )
    return "\n".join(lines) + "\n"


def _documents(scores: Scores) -> str:
    return f"{scores.documents}, {scores.total.silence.total}"


def _f1(counts: Counts | None) -> str:
    """« 0,95 (21) »: F1 and how many rows were expected; a dash where nothing was, and nothing was found."""
    if counts is None or not counts.tp + counts.fp + counts.fn:
        return "—"
    return f"{_number(counts.f1)} ({counts.tp + counts.fn})"


def _rates(counts: Counts) -> str:
    if not counts.tp + counts.fp + counts.fn:
        return "—"
    return " · ".join(map(_number, (counts.precision, counts.recall, counts.f1)))


def _share(total: Measures, name: str) -> str:
    return _part(getattr(total, name))


def _part(share: Share) -> str:
    return "—" if share.value is None else f"{_number(share.value)} ({share.right}/{share.total})"


def _number(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")


def written(readme: str, figures: str) -> str:
    """The README with these figures between their marks."""
    before, _, rest = readme.partition(START)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"README.md : les marques « {START.strip()} » et « {END.strip()} » manquent ; remettez-les.")
    return before + START + "\n" + figures + "\n" + END + after


def figures(gold: Path) -> str:
    """All that stands between the marks, measured now."""
    scores = {title: evaluate(files, predictions=None, workers=None) for title, files in sets(gold).items()}
    annotated = [gold / f"dev_{name}.jsonl" for name in ("texts", "documents", "composed")]
    together = evaluate(annotated, predictions=None, workers=None)
    titles = evaluate([gold / "dev_families.jsonl"], predictions=None, workers=None)
    return f"{table(scores)}\n{notes(together, titles)}"


def main() -> None:
    if len(sys.argv) != 2 or not (gold := Path(sys.argv[1])).is_dir():
        raise SystemExit("Donnez le dossier des jeux annotés : make evaluate GOLD=DOSSIER.")
    measured = figures(gold)
    README.write_text(written(README.read_text("utf-8"), measured), "utf-8")
    sys.stdout.write(measured)


if __name__ == "__main__":
    main()
