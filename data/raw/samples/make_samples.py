"""Make the sample tenders: every `sources/<consultation>/<piece>.md` becomes `<consultation>/<piece>.pdf`.

The output depends on the sources only (no date, no random number), so that a test can make it again and compare.

The sources are plain text with a small markup, one block per paragraph (blank line between blocks):
- first `key: value` lines: title, header, footer, font, size, columns;
- `# article`, `## sub-article`, `! cover line`, `- list item`, `~` for a no-break space;
- `| cell | cell |` table rows, the header first; `<br/>` breaks a cell; `[[widths 20 60 20]]` before it sets percents;
- `[ ]` and `[x]` boxes drawn with vectors, `( )` an empty box of the ZapfDingbats font;
- `[[toc]]`, `[[page]]`, `[[space 40]]` (mm), `[[scan]]`: what follows becomes pictures, without any text.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from PIL import Image as Picture
from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    Image,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus.tableofcontents import TableOfContents

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
MARGIN = 20 * mm
SCAN_DPI = 100
HEADING_ROOM = 15 * mm  # below a heading, else it goes to the next page
FONTS = {
    "sans": ("Helvetica", "Helvetica-Bold"),
    "serif": ("Times-Roman", "Times-Bold"),
    "vera": ("Vera", "VeraBd"),  # TrueType files that reportlab ships: embedded as subsets, unlike the two others
}


class Styles:
    """The paragraph styles of one document."""

    def __init__(self, *, font: str, size: float) -> None:
        regular, bold = FONTS[font]
        self.regular, self.bold = regular, bold
        base = ParagraphStyle("base", fontName=regular, fontSize=size, leading=size * 1.3, spaceAfter=size * 0.55)
        self.body = ParagraphStyle("body", base, alignment=TA_JUSTIFY)
        self.cell = ParagraphStyle("cell", base, fontSize=size - 1, leading=(size - 1) * 1.2, spaceAfter=0)
        self.head = ParagraphStyle("head", self.cell, fontName=bold, alignment=TA_CENTER)
        self.item = ParagraphStyle("item", base, leftIndent=14, bulletIndent=4, spaceAfter=size * 0.25)
        self.h1 = ParagraphStyle("h1", base, fontName=bold, fontSize=size + 2, leading=size * 1.6, spaceBefore=size)
        self.h2 = ParagraphStyle("h2", base, fontName=bold, spaceBefore=size * 0.4)
        self.cover = ParagraphStyle(
            "cover", base, fontName=bold, fontSize=size + 5, leading=size * 2, alignment=TA_CENTER
        )


class TickBox(Flowable):  # type: ignore[misc]
    """A line of text behind a box drawn with vectors, as form software draws it."""

    def __init__(self, text: str, *, style: ParagraphStyle, ticked: bool) -> None:
        super().__init__()
        self.paragraph = Paragraph(text, style)
        self.ticked = ticked
        self.size = style.fontSize

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width, self.height = width, self.paragraph.wrap(width - 18, height)[1] + 4
        return self.width, self.height

    def draw(self) -> None:
        side, base = self.size, self.height - self.size - 3
        self.canv.rect(2, base, side, side)
        if self.ticked:
            self.canv.line(2, base, 2 + side, base + side)
            self.canv.line(2, base + side, 2 + side, base)
        self.paragraph.drawOn(self.canv, 18, 4)


class Tender(BaseDocTemplate):  # type: ignore[misc]
    """A document with running header and footer, whose headings feed the table of contents."""

    def __init__(self, stream: io.BytesIO, *, facts: dict[str, str], styles: Styles, total: int) -> None:
        super().__init__(stream, pagesize=A4, invariant=1, title=facts["title"], author="", pageCompression=1)
        self.facts, self.styles, self.total = facts, styles, total
        columns = int(facts.get("columns", "1"))
        gap = 8 * mm
        width = (A4[0] - 2 * MARGIN - gap * (columns - 1)) / columns
        frames = [
            Frame(
                MARGIN + i * (width + gap),
                22 * mm,
                width,
                A4[1] - 46 * mm,
                id=f"column{i}",
                leftPadding=0,
                rightPadding=0,
            )
            for i in range(columns)
        ]
        whole = Frame(0, 0, *A4, id="whole", leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
        self.addPageTemplates(
            [PageTemplate("text", frames, onPage=self.furniture), PageTemplate("scan", [whole])],
        )

    def furniture(self, canvas: Canvas, _doc: object) -> None:
        """Draw the running header and footer of one page."""
        canvas.setFont(self.styles.regular, 8)
        if header := self.facts.get("header"):
            canvas.drawString(MARGIN, A4[1] - 14 * mm, header)
            canvas.line(MARGIN, A4[1] - 16 * mm, A4[0] - MARGIN, A4[1] - 16 * mm)
        canvas.drawString(MARGIN, 12 * mm, self.facts.get("footer", ""))
        canvas.drawRightString(A4[0] - MARGIN, 12 * mm, f"Page {canvas.getPageNumber()} sur {self.total}")

    def afterFlowable(self, flowable: Flowable) -> None:
        if isinstance(flowable, Paragraph) and flowable.style.name in ("h1", "h2"):
            self.notify("TOCEntry", (int(flowable.style.name == "h2"), flowable.getPlainText(), self.page))


def parse(source: Path) -> tuple[dict[str, str], list[str]]:
    """The facts at the head of a source and its blocks."""
    head, *blocks = re.split(r"\n\s*\n", source.read_text("utf-8").replace("~", "\N{NO-BREAK SPACE}").strip())
    return dict(line.split(": ", 1) for line in head.splitlines()), blocks


def table_of_contents(styles: Styles) -> TableOfContents:
    toc = TableOfContents()
    toc.dotsMinLevel = 0
    toc.levelStyles = [
        ParagraphStyle("toc1", styles.cell, fontName=styles.bold, spaceBefore=4),
        ParagraphStyle("toc2", styles.cell, leftIndent=12),
    ]
    return toc


def table(block: str, *, styles: Styles, widths: list[float], width: float) -> Table:
    """A ruled table; columns share `width` by the percents of `widths`, or equally."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines()]
    cells = [[Paragraph(cell, styles.head if i == 0 else styles.cell) for cell in row] for i, row in enumerate(rows)]
    shares = widths or [100 / len(rows[0])] * len(rows[0])
    grid = [
        ("GRID", (0, 0), (-1, -1), 0.6, colors.black),
        ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ]
    return Table(
        cells,
        [width * share / 100 for share in shares],
        repeatRows=1,
        style=TableStyle(grid),
        spaceBefore=4,
        spaceAfter=8,
    )


def flowables(blocks: list[str], *, styles: Styles, width: float) -> Iterator[Flowable]:
    """Turn blocks into what reportlab lays out."""
    widths: list[float] = []
    for block in blocks:
        if block == "[[toc]]":
            yield table_of_contents(styles)
        elif block == "[[page]]":
            yield PageBreak()
        elif match := re.fullmatch(r"\[\[space (\d+)\]\]", block):
            yield Spacer(1, int(match[1]) * mm)
        elif match := re.fullmatch(r"\[\[widths ([\d ]+)\]\]", block):
            widths = [float(share) for share in match[1].split()]
        elif block.startswith("|"):
            yield table(block, styles=styles, widths=widths, width=width)
            widths = []
        elif block.startswith("## "):
            yield from (CondPageBreak(HEADING_ROOM), Paragraph(block[3:], styles.h2))
        elif block.startswith("# "):
            yield from (CondPageBreak(HEADING_ROOM), Paragraph(block[2:], styles.h1))
        elif block.startswith("! "):
            yield from (Paragraph(line[2:], styles.cover) for line in block.splitlines())
        elif block.startswith("- "):
            yield from (Paragraph(item, styles.item, bulletText="•") for item in re.split(r"(?:^|\n)- ", block)[1:])
        elif re.match(r"\[[ x]\] ", block):
            for line in block.splitlines():
                yield TickBox(line[4:], style=styles.cell, ticked=line[1] == "x")
        elif block.startswith("( ) "):
            box = '<font name="ZapfDingbats">\N{LOWER RIGHT DROP-SHADOWED WHITE SQUARE}</font>'
            yield from (Paragraph(f"{box} {line[4:]}", styles.item) for line in block.splitlines())
        else:
            yield Paragraph(" ".join(block.splitlines()), styles.body)


def build(facts: dict[str, str], blocks: list[str], scans: list[bytes]) -> bytes:
    """Lay the blocks out, then one full-page picture per scan; twice, since the footer prints the number of pages."""
    styles = Styles(font=facts.get("font", "sans"), size=float(facts.get("size", "10")))
    total, data = 0, b""
    while True:
        stream = io.BytesIO()
        doc = Tender(stream, facts=facts, styles=styles, total=total)
        story: list[Any] = list(flowables(blocks, styles=styles, width=doc.pageTemplates[0].frames[0].width))
        for scan in scans:
            story += [NextPageTemplate("scan"), PageBreak(), Image(io.BytesIO(scan), width=A4[0], height=A4[1] - 1)]
        doc.multiBuild(story)
        data = stream.getvalue()
        if doc.page == total:
            return data
        total = doc.page


def rasterise(data: bytes) -> list[bytes]:
    """Every page of a PDF as a slightly skewed grey picture, as an office scanner gives it."""
    pictures = []
    with pdfium.PdfDocument(data) as pdf:
        for page in pdf:
            grey = page.render(scale=SCAN_DPI / 72, grayscale=True).to_pil()
            page.close()
            skewed = grey.rotate(0.4, resample=Picture.Resampling.BILINEAR, fillcolor=255)
            stream = io.BytesIO()
            skewed.quantize(16).convert("L").save(stream, "PNG")
            pictures.append(stream.getvalue())
    return pictures


def make(source: Path) -> bytes:
    """The PDF of one source."""
    for name in FONTS["vera"]:
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    facts, blocks = parse(source)
    if "[[scan]]" not in blocks:
        return build(facts, blocks, [])
    cut = blocks.index("[[scan]]")
    return build(facts, blocks[:cut], rasterise(build(facts, blocks[cut + 1 :], [])))


def main() -> None:
    rl_config.invariant = 1
    for source in sorted(SOURCES.rglob("*.md")):
        target = HERE / source.relative_to(SOURCES).with_suffix(".pdf")
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(make(source))
        sys.stdout.write(f"{target.relative_to(HERE)}\n")


if __name__ == "__main__":
    main()
