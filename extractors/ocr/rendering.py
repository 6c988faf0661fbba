"""Pages of a PDF and frames of a picture → images in grey, with their resolution."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image, ImageOps, UnidentifiedImageError

from extractors.errors import BadPicture, DamagedPdf
from extractors.kinds import FileKind
from extractors.ocr.documents import ImageOf
from extractors.ocr.images import Grey, grey_of
from extractors.reading import PDFIUM, state_problems
from extractors.schema import Document, Page, PageState

Frame = tuple[Grey, int]
"""An image in grey, and its resolution."""

DPI = 300
_OWN = (140, 420)
"""Resolutions of a scan that are taken as they are."""
_MOST_PIXELS = 30_000_000
"""Of one page: an A3 sheet at 420 dpi; a plan is rendered smaller."""
_LARGEST_PICTURE = 120_000_000
"""Pixels of a file that is opened at all."""
_SMALLEST_PICTURE = (300, 300)
"""Pixels of the sides of a logo or a signature at most: nothing to read."""
_LONG_SIDE = 11.69  # inches: a picture that tells no resolution is taken for a sheet of A4
_SHEETS = (4.0, 50.0)  # inches: sizes of paper that a resolution may tell
_PICTURE_ERRORS = (
    UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError,
)  # fmt: skip


@contextmanager
def pdf_images(data: bytes, name: str) -> Iterator[ImageOf]:
    """Renders the pages of a PDF, as displayed."""
    with PDFIUM, closing(pdfium.PdfDocument(data)) as pdf:

        def image_of(number: int) -> tuple[Grey, int]:
            try:
                with closing(pdf[number - 1]) as page:
                    dpi = _resolution(page)
                    with closing(page.render(scale=dpi / 72, grayscale=True, draw_annots=True)) as bitmap:
                        return grey_of(bitmap.to_pil()), dpi
            except (pdfium.PdfiumError, OSError) as error:
                raise DamagedPdf(f"{name} : page {number} impossible à dessiner ; la lire à l'œil") from error

        yield image_of


def _resolution(page: pdfium.PdfPage) -> int:
    """That of the scan which covers the page, else `DPI`."""
    width, height = page.get_size()
    dpi = DPI
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = item.get_bounds()
        if (right - left) * (top - bottom) > 0.7 * width * height:
            across = max(item.get_px_size()) / max(right - left, top - bottom) * 72
            dpi = round(across) if _OWN[0] <= across <= _OWN[1] else DPI
    most = (_MOST_PIXELS / max(width * height, 1)) ** 0.5 * 72
    return max(36, int(min(dpi, most)))


class Frames:
    """The frames of a picture, upright as its camera says, each opened as it is asked for.

    All at once, a fax of 150 sheets, 200 kB, would take 1.3 GB.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self._name = name
        with self._judged():
            self._picture = Image.open(io.BytesIO(data))
            self._count: int = getattr(self._picture, "n_frames", 1)

    def __iter__(self) -> Iterator[Frame | None]:
        return map(self.of, range(1, self._count + 1))

    def of(self, number: int) -> Frame | None:
        """A frame by its number, 1 for the first; None for a logo.

        Raises:
            BadPicture: damaged, or too large to be opened.
        """
        with self._judged():
            self._picture.seek(number - 1)
            if self._picture.width * self._picture.height > _LARGEST_PICTURE:
                raise Image.DecompressionBombError
            return _frame(self._picture)

    @contextmanager
    def _judged(self) -> Iterator[None]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a large picture, odd metadata: judged here
                yield
        except Image.DecompressionBombError as error:
            most = f"plus de {_LARGEST_PICTURE // 1_000_000} millions de points"
            raise BadPicture(f"{self._name} : image trop grande ({most}) ; la réduire") from error
        except _PICTURE_ERRORS as error:
            mend = "la réenregistrer en PNG ou en PDF"
            raise BadPicture(f"{self._name} : image abîmée ou d'une sorte inconnue ; {mend}") from error


def picture_document(data: bytes, name: str, kind: FileKind, frames: Frames) -> Document:
    """The frames of a picture as pages whose words are not read yet; raises BadPicture."""
    pages = []
    for number, frame in enumerate(frames, start=1):
        height, width = (side * 72 / frame[1] for side in frame[0].shape) if frame else (0.0, 0.0)
        state: PageState = "scan" if frame else "empty"
        pages.append(Page(number=number, width=width, height=height, lines=(), state=state))
    return Document(
        path=name,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        pages=tuple(pages),
        problems=tuple(state_problems(pages)),
        kind=kind,
    )


def _frame(picture: Image.Image) -> Frame | None:
    if min(picture.size) < _SMALLEST_PICTURE[0]:
        return None
    upright = ImageOps.exif_transpose(picture)
    long_side = max(upright.size)
    told = picture.info.get("dpi")
    dpi = float(told[0]) if told else 0.0
    if not dpi or not _SHEETS[0] <= long_side / dpi <= _SHEETS[1] or dpi < 100:
        dpi = long_side / _LONG_SIDE
    reduced = min(1.0, (_MOST_PIXELS / (upright.width * upright.height)) ** 0.5)
    grey = Image.fromarray(grey_of(upright))
    if reduced < 1:
        grey = grey.resize((round(grey.width * reduced), round(grey.height * reduced)), Image.Resampling.LANCZOS)
    return grey_of(grey), max(36, round(dpi * reduced))
