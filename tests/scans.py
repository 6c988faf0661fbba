"""Documents as a scanner gives them back: every page an image, with the noise and the lean that are asked for."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
from PIL import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """How pages are scanned."""

    dpi: int = 200
    degrees: float = 0.0
    """How far the sheet is askew; a quarter of a turn and more turn the page."""
    grain: float = 0.0
    """Standard deviation of the noise, in levels of grey."""
    specks: float = 0.0
    """Share of the pixels that are white or black whatever they show."""
    quality: int = 80

    def scan(self, path: Path, target: Path, pages: tuple[int, ...] | None = None) -> Path:
        """The pages of a PDF (all unless told; 1 is the first) as a PDF of images."""
        with pdfium.PdfDocument(path) as pdf:
            numbers = pages or range(1, len(pdf) + 1)
            images = [self.image(pdf, number) for number in numbers]
        images[0].save(
            target, "PDF", resolution=self.dpi, save_all=True, append_images=images[1:], quality=self.quality
        )
        return target

    def image(self, pdf: pdfium.PdfDocument, number: int) -> Image.Image:
        """One page as an image in grey."""
        page = pdf[number - 1]
        image = page.render(scale=self.dpi / 72, grayscale=True).to_pil()
        page.close()
        quarters = round(self.degrees / 90)
        if quarters:
            image = image.rotate(-90 * quarters, expand=True, fillcolor=255)
        if askew := self.degrees - 90 * quarters:
            image = image.rotate(-askew, Image.Resampling.BICUBIC, fillcolor=255)
        return Image.fromarray(self._noisy(np.asarray(image), number))

    def _noisy(self, grey: np.ndarray, seed: int) -> np.ndarray:
        random = np.random.default_rng(seed)
        levels = grey.astype(np.float64)
        if self.grain:
            levels += random.normal(0, self.grain, grey.shape)
        if self.specks:
            drawn = random.random(grey.shape)
            levels[drawn < self.specks / 2] = 0
            levels[drawn > 1 - self.specks / 2] = 255
        return np.clip(levels, 0, 255).astype(np.uint8)


def as_bytes(image: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of the image in that format."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()
