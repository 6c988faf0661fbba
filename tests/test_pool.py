"""The pool of processes: a file that hangs or kills its process is recorded, and harms no other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from extractors.errors import RuleError
from extractors.schema import Extraction
from flows.pool import Pool, Reader


def make_reader() -> Reader:
    return by_name


def make_reader_of_wrong_rules() -> Reader:
    raise RuleError("règle fausse")


class SlowToStart:
    """Sets an event while its process starts, which lasts half a second."""

    def __init__(self) -> None:
        self.starting = threading.Event()

    def __call__(self) -> Reader:
        return by_name

    def __reduce__(self) -> tuple[Callable[[], Callable[[], Reader]], tuple[()]]:
        self.starting.set()
        time.sleep(0.5)
        return give_make_reader, ()


def give_make_reader() -> Callable[[], Reader]:
    return make_reader


def by_name(path: Path) -> Extraction:
    """A reader that does to its process what the name of the file says."""
    match path.stem:
        case "hangs":
            time.sleep(600)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "bug":
            os._exit(70)
        case "slow":
            time.sleep(0.5)
        case "rule":
            raise RuleError("règle fausse")
    return Extraction(path=str(path), sha256=str(os.getpid()), size=0, status="ok", pages=5)


@pytest.fixture
def pool() -> Iterator[Callable[..., Pool]]:
    opened = []

    def make(*, workers: int, pages: int = 1000) -> Pool:
        opened.append(Pool(workers=workers, timeout_seconds=1.5, pages_per_worker=pages, make_reader=make_reader))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def files(folder: Path, *names: str) -> list[Path]:
    paths = [folder / f"{name}.pdf" for name in names]
    for path in paths:
        path.write_bytes(b"x")
    return paths


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        pytest.param("hangs", "timeout", "après 1.5 s", id="hangs"),
        pytest.param("killed", "crashed", "(code -9)", id="killed-by-a-signal"),
        pytest.param("bug", "crashed", "(code 70)", id="exits"),
    ],
)
def test_one_bad_file_harms_no_other(
    name: str, code: str, words: str, pool: Callable[..., Pool], tmp_path: Path
) -> None:
    paths = files(tmp_path, "a", "b", name, "c", "d")

    results = list(pool(workers=2).run(paths))

    assert [result.path for result in results] == [str(path) for path in paths]
    assert [result.status for result in results] == ["ok", "ok", "failed", "ok", "ok"]
    (problem,) = results[2].problems
    assert problem.code == code
    assert words in problem.message
    # SHA-256 of b"x": the record stays keyed by the content
    assert results[2].sha256 == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"


def test_results_keep_the_order_of_the_files(pool: Callable[..., Pool], tmp_path: Path) -> None:
    paths = files(tmp_path, "slow", "a", "b", "c")

    results = list(pool(workers=2).run(paths))

    assert [result.path for result in results] == [str(path) for path in paths]
    assert len({result.sha256 for result in results}) == 2


def test_a_process_is_renewed_after_enough_pages(pool: Callable[..., Pool], tmp_path: Path) -> None:
    paths = files(tmp_path, "a", "b", "c", "d", "e")

    pids = [result.sha256 for result in pool(workers=1, pages=10).run(paths)]

    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]


def test_a_process_stays_warm_between_runs(pool: Callable[..., Pool], tmp_path: Path) -> None:
    warm = pool(workers=1)

    first, second = (next(iter(warm.run(files(tmp_path, "a")))) for _ in range(2))

    assert first.sha256 == second.sha256


def test_zero_workers_read_in_this_process(pool: Callable[..., Pool], tmp_path: Path) -> None:
    (result,) = pool(workers=0).run(files(tmp_path, "a"))

    assert result.sha256 == str(os.getpid())


def test_a_wrong_rule_stops_everything(pool: Callable[..., Pool], tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="règle fausse"):
        list(pool(workers=1).run(files(tmp_path, "rule", "a")))


def test_closing_ends_a_hung_process_at_once(pool: Callable[..., Pool], tmp_path: Path) -> None:
    stuck = pool(workers=2)
    results = stuck.run(files(tmp_path, "a", "hangs"))
    next(results)

    start = time.monotonic()
    stuck.close()

    assert time.monotonic() - start < 2


def test_closing_while_processes_start_is_no_error(tmp_path: Path) -> None:
    slow = SlowToStart()
    pool = Pool(workers=2, timeout_seconds=3, pages_per_worker=10, make_reader=slow)
    pool.run(files(tmp_path, "hangs", "a"))
    assert slow.starting.wait(5)

    start = time.monotonic()
    pool.close()

    assert time.monotonic() - start < 2.5


def test_rules_that_do_not_load_stop_everything(tmp_path: Path) -> None:
    with (
        Pool(workers=2, timeout_seconds=3, pages_per_worker=10, make_reader=make_reader_of_wrong_rules) as wrong,
        pytest.raises(RuleError, match="règle fausse"),
    ):
        list(wrong.run(files(tmp_path, "a", "b")))


def test_processes_do_not_import_the_main_module(tmp_path: Path) -> None:
    """A scheduled run is `python -m prefect…`: its processes would import Prefect."""
    (tmp_path / "heavy.py").write_text("", "utf-8")
    (tmp_path / "reads.py").write_text(
        "import sys\n"
        "from extractors.schema import Extraction\n"
        "def make_reader():\n"
        "    loaded = 'heavy' in sys.modules\n"
        "    return lambda path: Extraction(path=str(loaded), sha256='', size=0, status='ok')\n",
        "utf-8",
    )
    (tmp_path / "engine.py").write_text(
        "import heavy, reads\n"
        "from pathlib import Path\n"
        "from flows.pool import Pool\n"
        "if __name__ == '__main__':\n"
        "    with Pool(workers=2, timeout_seconds=60, pages_per_worker=9, make_reader=reads.make_reader) as pool:\n"
        "        print(*(record.path for record in pool.run([Path('a'), Path('b')])))\n",
        "utf-8",
    )
    told = {**os.environ, "PYTHONPATH": f"{Path(__file__).parents[1]}:{tmp_path}"}
    done = subprocess.run([sys.executable, "-m", "engine"], env=told, capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
