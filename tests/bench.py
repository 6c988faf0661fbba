"""Speed and memory of `extract`, beside `pdftotext -layout` and pdfplumber on the same PDFs (`make bench`).

Each tool is measured in a fresh process, so that memory is its own; the best of several runs is kept. pdfplumber is so
slow that it reads one page in ten by default, and its speed is that of those pages.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import multiprocessing
import pstats
import re
import resource
import shutil
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from extractors.schema import Source

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus" / "real"
SAMPLES = ROOT / "data" / "raw" / "samples"
SAMPLE_STEP = 10
Measure = dict[str, Any]


def isolated(work: Callable[..., Measure], *args: Any) -> Measure:
    """What `work` returns, run in a process of its own, with the peak memory of that process in MB."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        measure = pool.submit(work, *args).result()
        return measure | {"peak_mb": pool.submit(peak_mb).result()}


def peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def count_pages(files: list[Path]) -> Measure:
    """Pages by file name; 0 for a file that pdfium cannot open."""
    import pypdfium2 as pdfium

    pages = {}
    for file in files:
        try:
            with pdfium.PdfDocument(file) as document:
                pages[str(file)] = len(document)
        except pdfium.PdfiumError:
            pages[str(file)] = 0
    return {"pages": pages}


def run_extract(files: list[Path], runs: int) -> Measure:
    """Seconds of `extract` on all the files (best run); apart, of the first file, which pays imports and rules."""
    start = time.perf_counter()
    from extractors.pipeline import extract

    extract(files[0])
    first = time.perf_counter() - start
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        statuses = Counter(extract(file).status for file in files)
        seconds.append(time.perf_counter() - start)
    return {"seconds": min(seconds), "first_file_seconds": first, "statuses": dict(statuses)}


def run_again(files: list[Path], runs: int) -> Measure:
    """Seconds to match the files again from their kept pages, and to do so where one changed rule can touch them.

    Each rule is changed in turn (its last pattern is taken away, or its confidence), and the documents that it can
    touch are found and matched again: the median and the longest of the rules of each kind.
    """
    from extractors.catalogue import read_catalogue
    from extractors.changes import Reach, changes
    from extractors.fingerprint import fingerprint
    from extractors.pipeline import extract
    from flows.page_store import DiskStore

    with TemporaryDirectory() as folder:
        store = DiskStore(Path(folder))
        read = [extract(file, store=store) for file in files]
        sources = [Source(path=file, name=str(file), sha256=x.sha256) for file, x in zip(files, read, strict=True)]
        categories = [frozenset(clause.category for clause in x.clauses) for x in read]

        def seconds_of(work: Callable[[], int]) -> tuple[float, int]:
            start = time.perf_counter()
            count = work()
            return time.perf_counter() - start, count

        def match_all() -> int:
            return sum(extract(source, store=store).pages > 0 for source in sources)

        def match_touched(path: str, text: str) -> int:
            parts, rules = {**now.parts, f"rules/{path}.toml": ""}, {**now.rules, path: text}
            reach = Reach(changes(now, replace(now, parts=parts, rules=rules)))
            found = 0
            for source, of_clauses in zip(sources, categories, strict=True):
                sha256 = source.sha256 or ""
                if reach.touches_kept(store, sha256, read_by=fingerprint(), categories=of_clauses):
                    extract(source, store=store)
                    found += 1
            return found

        now = read_catalogue()
        by_kind: dict[str, list[tuple[float, int]]] = {}
        for path, text in now.rules.items():
            measure = seconds_of(partial(match_touched, path, changed_rule(text)))
            by_kind.setdefault(path.partition("/")[0], []).append(measure)
        return {
            "seconds": min(seconds_of(match_all)[0] for _ in range(runs)),
            "one_rule": {
                kind: {
                    "rules": len(measures),
                    "median": median(seconds for seconds, _ in measures),
                    "longest": max(seconds for seconds, _ in measures),
                    "touched": median(count for _, count in measures),
                }
                for kind, measures in by_kind.items()
            },
        }


def changed_rule(text: str) -> str:
    """The rule with one pattern less, or, where it has none to lose, with another confidence."""
    patterns = tomllib.loads(text).get("patterns", [])
    if len(patterns) > 1:
        block = re.sub(r"(?ms)^patterns = \[.*?^\]$|^patterns = \[.*?\]$", "", text)
        return f"patterns = {json.dumps(patterns[:-1], ensure_ascii=False)}\n{block}"
    return re.sub(r"(?m)^confidence = .*$", "confidence = 0.51", text)


def run_pdftotext(files: list[Path], runs: int) -> Measure:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        for file in files:
            subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=False)
        seconds.append(time.perf_counter() - start)
    return {"seconds": min(seconds)}


def run_pdfplumber(files: list[Path], step: int) -> Measure:
    """Seconds of `extract_text` on one page in `step`, counted over all the files; opening them is not counted."""
    import pdfplumber
    from pdfplumber.utils.exceptions import PdfminerException

    rank = pages = 0
    seconds = 0.0
    for file in files:
        try:
            with pdfplumber.open(file) as document:
                for page in document.pages:
                    if rank % step == 0:
                        start = time.perf_counter()
                        page.extract_text()
                        seconds += time.perf_counter() - start
                        pages += 1
                    page.close()
                    rank += 1
        except PdfminerException:
            continue
    return {"seconds": seconds, "pages": pages}


def run_profile(files: list[Path]) -> Measure:
    """Seconds under cProfile, by stage (what `pipeline` calls) and by module (own time; they add up to the total)."""
    from extractors.pipeline import extract

    extract(files[0])
    profiler = cProfile.Profile()
    profiler.enable()
    for file in files:
        extract(file)
    profiler.disable()
    calls = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    stages: Counter[str] = Counter()
    modules: Counter[str] = Counter()
    for (file_name, _, function), (_, _, own, _, callers) in calls.items():
        for (caller_file, _, _), (_, _, own_from_caller, cumulative) in callers.items():
            if file_name == "~":  # a function in C: its time is that of the module that calls it
                modules[owner(caller_file)] += own_from_caller
            elif owner(caller_file) == "extractors.pipeline" != owner(file_name):
                stages[f"{owner(file_name)}.{function}"] += cumulative
        if file_name != "~":
            modules[owner(file_name)] += own
    return {
        "stages": dict(stages.most_common(8)),
        "modules": dict(modules.most_common(12)),
        "seconds": modules.total(),
    }


def owner(file_name: str) -> str:
    """`extractors.reading` for our modules, the package for the others, « python » for its own library."""
    path = Path(file_name)
    if path.parent == ROOT / "extractors":
        return f"extractors.{path.stem}"
    parts = path.parts
    if "site-packages" in parts:
        return Path(parts[parts.index("site-packages") + 1]).stem
    return parts[0] if path.suffix in (".pyx", ".pxd") else "python"


def bench(files: list[Path], *, runs: int, step: int) -> Measure:
    """Every measure, as printed by `--json`."""
    page_counts = isolated(count_pages, files)["pages"]
    pages = sum(page_counts.values())
    report: Measure = {
        "folder": str(files[0].parent),
        "files": len(files),
        "pages": pages,
        "unreadable": [name for name, count in page_counts.items() if not count],
        "pdfplumber_step": step,
        "extract": isolated(run_extract, files, runs),
        "again": isolated(run_again, files, runs),
        "pdftotext": isolated(run_pdftotext, files, runs) if shutil.which("pdftotext") else None,
        "pdfplumber": isolated(run_pdfplumber, files, step),
        "profile": isolated(run_profile, files),
    }
    for tool in ("extract", "pdftotext", "pdfplumber"):
        if measure := report[tool]:
            measure["pages_per_second"] = measure.get("pages", pages) / measure["seconds"]
    speed = report["extract"]["pages_per_second"]
    again, first = report["again"], report["extract"]["seconds"]
    report["again_faster"] = first / again["seconds"]
    report["one_rule_faster"] = {kind: first / one["median"] for kind, one in again["one_rule"].items()}
    if report["pdftotext"]:
        report["times_of_pdftotext"] = report["pdftotext"]["pages_per_second"] / speed
    report["faster_than_pdfplumber"] = speed / report["pdfplumber"]["pages_per_second"]
    return report


def show(report: Measure) -> None:
    print(f"{report['files']} fichiers, {report['pages']} pages ({report['folder']})")
    for name in report["unreadable"]:
        print(f"  illisible : {name}")
    step = report["pdfplumber_step"]
    sampled = "toutes les pages" if step == 1 else f"1 page sur {step}"
    print(f"\n{'Outil':<44}{'secondes':>10}{'pages/s':>10}{'mémoire (Mo)':>14}")
    rows = [
        ("clausoscope extract, un processus", report["extract"]),
        ("pdftotext -layout", report["pdftotext"]),
        (f"pdfplumber extract_text, {sampled}", report["pdfplumber"]),
    ]
    for label, measure in rows:
        if measure is None:
            print(f"{label:<44}absent : installez le paquet Debian poppler-utils")
            continue
        memory = "" if label.startswith("pdftotext") else f"{measure['peak_mb']:.0f}"
        print(f"{label:<44}{measure['seconds']:>10.2f}{measure['pages_per_second']:>10.1f}{memory:>14}")
    if "times_of_pdftotext" in report:
        print(f"\nextract prend {report['times_of_pdftotext']:.2f} fois le temps de pdftotext -layout")
    print(f"extract est {report['faster_than_pdfplumber']:.1f} fois plus rapide que pdfplumber")
    show_again(report)
    print(f"premier fichier, chargement compris : {report['extract']['first_file_seconds']:.2f} s")
    print("états : " + ", ".join(f"{n} {status}" for status, n in report["extract"]["statuses"].items()))
    profile = report["profile"]
    for title, key in (
        ("Étapes appelées par pipeline (temps cumulé)", "stages"),
        ("Modules (temps propre)", "modules"),
    ):
        print(f"\n{title:<50}{'secondes':>10}{'part':>8}   sous profileur")
        for name, seconds in profile[key].items():
            print(f"  {name:<48}{seconds:>10.2f}{seconds / profile['seconds']:>8.0%}")


def show_again(report: Measure) -> None:
    again, faster = report["again"], report["one_rule_faster"]
    print(f"tout relire des pages gardées : {again['seconds']:.2f} s, {report['again_faster']:.1f} fois plus vite")
    print("une règle change (médiane des règles, et la plus longue) :")
    for kind, one in again["one_rule"].items():
        print(
            f"  {kind:<10} ({one['rules']} règles) {one['median']:.3f} s, {faster[kind]:.0f} fois plus vite, "
            f"{one['touched']:g} document(s) relu(s) ; {one['longest']:.2f} s au pire"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Mesure la vitesse et la mémoire de l'extraction.")
    parser.add_argument("folder", nargs="?", type=Path, default=CORPUS if CORPUS.is_dir() else SAMPLES)
    parser.add_argument("--runs", type=int, default=3, help="essais, dont le meilleur est gardé (3)")
    parser.add_argument("--full", action="store_true", help="pdfplumber lit toutes les pages, et non 1 sur 10")
    parser.add_argument("--json", action="store_true", help="rend les mesures en JSON")
    options = parser.parse_args()
    files = sorted(options.folder.rglob("*.pdf"))
    if not files:
        sys.exit(f"aucun PDF sous « {options.folder} » : donnez un dossier qui en contient.")
    report = bench(files, runs=options.runs, step=1 if options.full else SAMPLE_STEP)
    if options.json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        show(report)


if __name__ == "__main__":
    main()
