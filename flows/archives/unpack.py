"""An archive and those inside it, laid in a folder: the tree kept, the traps refused, the rest always delivered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from extractors.schema import Problem
from flows.archives.kinds import ARCHIVES, is_archive
from flows.archives.members import Member, Reader
from flows.archives.names import is_noise, safe_name, tree_parts
from flows.archives.readers import ArchiveUnreadable, open_archive
from flows.files import cannot_write
from flows.wording import agree

TOLD = 3
"""Names that a message gives; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """A document on this disk, ready to be read."""

    path: Path
    inner_path: str
    """Its place in the tree of the tender documents, with « / » (`DCE.zip/Lot 1/CCAP.pdf`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackLimits:
    """What one archive may hold, all depths together."""

    max_files: int = 5000
    max_bytes: int = 4 * 2**30
    max_depth: int = 5
    """Archives inside archives."""
    max_ratio: int = 200
    """Unpacked bytes for one packed…"""
    ratio_floor: int = 50 * 2**20
    """…looked at above this many unpacked bytes: a blank plan shrinks a lot, and does no harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    files: tuple[LocalFile, ...]
    problems: tuple[Problem, ...]


def unpack(archive: Path, folder: Path, *, name: str | None = None, limits: UnpackLimits | None = None) -> Unpacked:
    """Lay what a ZIP, 7z or RAR holds under `folder/name`; one bad member never loses the others.

    `name` (the archive's own by default) starts the `inner_path` of every file.

    Raises:
        OutputError: the folder cannot be written.
        OSError: the archive itself cannot be read.
    """
    work = _Work(folder, limits or UnpackLimits())
    with archive.open("rb"):  # from here on, an OSError comes from the folder
        pass
    try:
        work.lay(archive, PurePosixPath(safe_name(name or archive.name)), depth=1)
    except OSError as error:
        raise cannot_write(Path(error.filename or folder), error) from error
    return Unpacked(files=tuple(work.files), problems=tuple(work.problems))


class _Work:
    def __init__(self, folder: Path, limits: UnpackLimits) -> None:
        self._folder = folder
        self._limits = limits
        self._bytes = 0
        self._count = 0
        self._taken: set[str] = set()
        self._files_at: set[str] = set()
        self.files: list[LocalFile] = []
        self.problems: list[Problem] = []

    def lay(self, archive: Path, inner: PurePosixPath, *, depth: int) -> None:
        if depth > self._limits.max_depth:
            self._tell("depth", inner, [inner.name])
            return
        try:
            with open_archive(archive) as reader:
                laid = self._extract(reader, archive, inner)
        except ArchiveUnreadable:
            self._tell("damaged", inner, [inner.name])
            return
        for path, place in laid:
            plain = self._folder / place
            if is_archive(path, place.name):
                hidden = path.replace(_hidden(plain))  # a folder will bear its name
                self.lay(hidden, place, depth=depth + 1)
                hidden.unlink()
            else:
                if path != plain:
                    path.replace(plain)
                self.files.append(LocalFile(path=plain, inner_path=str(place)))

    def _extract(self, reader: Reader, archive: Path, inner: PurePosixPath) -> list[tuple[Path, PurePosixPath]]:
        """Write the members worth it; their paths on disk and in the tree, in the order of the archive."""
        refused: dict[str, list[str]] = {}
        wanted: dict[int, tuple[Path, PurePosixPath]] = {}
        for member in reader.members:
            if member.is_folder or is_noise(member.name):
                continue
            parts = tree_parts(member.name)
            if parts is None:
                refused.setdefault("outside", []).append(member.name)
                continue
            if code := self._refusal(member, packed=member.packed or archive.stat().st_size):
                refused.setdefault(code, []).append(member.name)
                continue
            place = self._place(inner, parts)
            path = self._folder / place
            if place.suffix.lower() in ARCHIVES:
                path = _hidden(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            wanted[member.index] = (path, place)
        damaged = reader.extract({index: path for index, (path, _) in wanted.items()})
        for index in damaged:
            path, _ = wanted.pop(index)
            path.unlink(missing_ok=True)
            refused.setdefault("member_damaged", []).append(reader.members[index].name)
        for code, names in refused.items():
            self._tell(code, inner, names)
        return list(wanted.values())

    def _refusal(self, member: Member, *, packed: int) -> str | None:
        """Why a member is left out; what is kept counts against the limits."""
        if member.is_link:
            return "link"
        if member.is_encrypted:
            return "encrypted"
        if member.size > self._limits.ratio_floor and member.size > self._limits.max_ratio * packed:
            return "bomb"
        if self._count >= self._limits.max_files or self._bytes + member.size > self._limits.max_bytes:
            return "limits"
        self._count += 1
        self._bytes += member.size
        return None

    def _place(self, inner: PurePosixPath, parts: tuple[str, ...]) -> PurePosixPath:
        """Where a member goes; numbered when another is there: « CCAP (2).pdf »."""
        place = inner
        for part in parts[:-1]:
            place = self._free(place / part) if _key(place / part) in self._files_at else place / part
            self._taken.add(_key(place))
        place = self._free(place / parts[-1])
        self._taken.add(_key(place))
        self._files_at.add(_key(place))
        return place

    def _free(self, place: PurePosixPath) -> PurePosixPath:
        free, number = place, 1
        while _key(free) in self._taken:
            number += 1
            free = place.with_name(f"{place.stem} ({number}){place.suffix}")
        return free

    def _tell(self, code: str, inner: PurePosixPath, names: list[str]) -> None:
        told = ", ".join(f"« {''.join(c if c.isprintable() else '?' for c in name)} »" for name in names[:TOLD])
        more = f" et {len(names) - TOLD} autre(s)" if len(names) > TOLD else ""
        message = f"Dans l'archive « {inner} », {_WORDS[code]} : {told}{more}. {_MENDS[code]}"
        self.problems.append(Problem(stage="fetch", code=f"archive_{code}", message=agree(message, len(names) - TOLD)))


def _hidden(path: Path) -> Path:
    """Where an archive stands until it is opened."""
    return path.with_name(f".{path.name}.archive")


def _key(place: PurePosixPath) -> str:
    """Two names that some disks take for one."""
    return str(place).casefold()


_WORDS = {
    "damaged": "rien n'a pu être lu",
    "depth": "trop d'archives sont emboîtées",
    "outside": "nom refusé, car il sort du dossier",
    "link": "lien symbolique refusé",
    "encrypted": "fichier protégé par un mot de passe",
    "bomb": "taille démesurée une fois décompressé",
    "limits": "limite de taille ou de nombre atteinte",
    "member_damaged": "fichier endommagé",
}
_MENDS = {
    "damaged": "Elle est endommagée ou protégée : récupérez-la à la main.",
    "depth": "Ouvrez-la à la main et déposez son contenu.",
    "outside": "Ouvrez l'archive à la main.",
    "link": "Ouvrez l'archive à la main.",
    "encrypted": "Demandez le mot de passe à l'acheteur, puis déposez le fichier ouvert.",
    "bomb": "Ouvrez l'archive à la main si vous en connaissez l'auteur.",
    "limits": "Ouvrez l'archive à la main et déposez les documents utiles.",
    "member_damaged": "Téléchargez l'archive à nouveau.",
}
