"""`search`: what is found, for the terminal; and the texts of documents that an older version read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.text import Text
from sqlalchemy import Engine

from flows.extract import track
from flows.pool import Pool, make_texts
from flows.settings import Settings
from flows.wording import leaf_number
from models import Hit, describe_every_tender, files_without_text, save_texts


def print_hits(console: Console, hits: Sequence[Hit]) -> None:
    """Each place under its tender: file, page, and the words around."""
    tender = None
    for hit in hits:
        if hit.tender != tender:
            tender = hit.tender
            title = " · ".join(filter(None, (hit.tender, hit.buyer, hit.object)))
            console.print(Text(title or "Sans consultation", style="bold"), soft_wrap=True)
        place = f"{hit.file}, {leaf_number(hit.file, hit.page)}" if hit.file and hit.page else "objet et lots"
        console.print(Text.assemble("  ", (place, "cyan"), f" : {hit.snippet}"), soft_wrap=True)


def hits_json(hits: Sequence[Hit]) -> str:
    return json.dumps([asdict(hit) for hit in hits], ensure_ascii=False, indent=1, default=str)


def rebuild(engine: Engine, settings: Settings, *, workers: int | None) -> tuple[int, int]:
    """Read the text of the documents that cannot be searched yet; how many were read, how many have no file any more.

    Raises:
        StoreError: the database cannot be written; what was read before is kept, and the same command goes on.
    """
    waiting = files_without_text(engine)
    kept = [file for file in waiting if file.raw_path and Path(file.raw_path).is_file()]
    with Pool(
        workers=settings.workers if workers is None else workers,
        timeout_seconds=settings.file_timeout_seconds,
        pages_per_worker=settings.pages_per_worker,
        make_reader=partial(make_texts, settings.tool_limits()),
    ) as pool:
        results = track(pool.run(Path(file.raw_path or "") for file in kept), total=len(kept))
        pairs = zip(kept, results, strict=True)
        while batch := list(islice(pairs, settings.batch_size)):
            save_texts(engine, {file.document_id: record.texts for file, record in batch})
    describe_every_tender(engine)
    return len(kept), len(waiting) - len(kept)
