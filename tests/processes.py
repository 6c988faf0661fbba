"""Processes of the tests' own, to be killed or to write at once: forks of one that has imported what they run."""

from __future__ import annotations

import multiprocessing

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["extractors.pipeline", "flows.reprocess", "flows.source_night", "models"])
