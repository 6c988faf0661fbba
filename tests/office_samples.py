"""Word documents made for the tests: what a buyer writes, boxes of every make, what is not to be read, traps."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

from docx import Document
from docx.document import Document as Docx
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

W14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
W = nsdecls("w")

BOXES = {
    "content control": (
        f"<w:sdt {W} {W14}><w:sdtPr><w14:checkbox><w14:checked w14:val='{{1}}'/>"
        "<w14:checkedState w14:val='2612' w14:font='MS Gothic'/>"
        "<w14:uncheckedState w14:val='2610' w14:font='MS Gothic'/></w14:checkbox></w:sdtPr>"
        "<w:sdtContent><w:r><w:t>{☒☐}</w:t></w:r></w:sdtContent></w:sdt>"
    ),
    "legacy field": (
        f'<w:p {W}><w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="Case"/><w:enabled/>'
        '<w:checkBox><w:sizeAuto/><w:default w:val="{1}"/></w:checkBox></w:ffData></w:fldChar></w:r>'
        '<w:r><w:instrText xml:space="preserve"> FORMCHECKBOX </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    ),
    "legacy field, ticked since": (
        f'<w:p {W}><w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="Case"/><w:enabled/>'
        '<w:checkBox><w:sizeAuto/><w:default w:val="0"/><w:checked w:val="{1}"/></w:checkBox>'
        "</w:ffData></w:fldChar></w:r>"
        '<w:r><w:instrText xml:space="preserve"> FORMCHECKBOX </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    ),
    "Wingdings symbol": f'<w:r {W}><w:sym w:font="Wingdings" w:char="{{FEA8}}"/></w:r>',
    "Wingdings symbol, crossed": f'<w:r {W}><w:sym w:font="Wingdings" w:char="{{FDA8}}"/></w:r>',
    "Wingdings 2 symbol": f'<w:r {W}><w:sym w:font="Wingdings 2" w:char="{{52A3}}"/></w:r>',
    "Wingdings letters": (
        f'<w:r {W}><w:rPr><w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/></w:rPr><w:t>{{þ¨}}</w:t></w:r>'
    ),
    "signs": f"<w:r {W}><w:t>{{☑☐}}</w:t></w:r>",
}
"""XML of a box, by make; in braces what differs between a ticked one and another."""
_STATES = {"{1}": "10", "{☒☐}": "☒☐", "{FEA8}": ("F0FE", "F0A8"), "{FDA8}": ("F0FD", "F0A8")}
_STATES |= {"{52A3}": ("F052", "F0A3"), "{þ¨}": "þ¨", "{☑☐}": "☑☐"}


def box(make: str, *, ticked: bool) -> str:
    """The XML of one box."""
    xml = BOXES[make]
    for place, states in _STATES.items():
        xml = xml.replace(place, states[0 if ticked else 1])
    return xml


def add_box(document: Docx, make: str, text: str, *, ticked: bool) -> None:
    """A paragraph that opens with a box."""
    paragraph = document.add_paragraph()
    element = parse_xml(box(make, ticked=ticked))
    runs = list(element) if element.tag.endswith("}p") else [element]
    for run in runs:
        paragraph._p.append(run)
    paragraph.add_run(f" {text}")


def saved(document: Docx) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def boxes_docx(text: str = "clause d'insertion") -> bytes:
    """One ticked and one unticked box of each make."""
    document = Document()
    for make in BOXES:
        for ticked in (True, False):
            add_box(document, make, f"{make} : {text} {'retenue' if ticked else 'écartée'}", ticked=ticked)
    return saved(document)


def reviewed_docx() -> bytes:
    """What a reviewer deleted or added, hidden words, a comment, a header and a footer."""
    document = Document()
    document.sections[0].header.paragraphs[0].text = "Ville d'Exemple - CCAP"
    document.sections[0].footer.paragraphs[0].text = "Marché 2026-07"
    paragraph = document.add_paragraph("Le titulaire réserve ")
    for change, tag, words in (("del", "delText", "300"), ("ins", "t", "450")):
        paragraph._p.append(
            parse_xml(
                f'<w:{change} {W} w:id="1" w:author="A" w:date="2026-01-01T00:00:00Z">'
                f"<w:r><w:{tag}>{words}</w:{tag}></w:r></w:{change}>"
            )
        )
    paragraph.add_run(" heures à l'insertion.")
    document.add_paragraph("Rédaction ").add_run("CACHÉ").font.hidden = True
    document.add_comment(document.paragraphs[0].runs, text="COMMENTAIRE", author="A", initials="A")
    return saved(document)


def linked_docx(picture: str, text: str) -> bytes:
    """Asks for a picture, a text and a template that stand elsewhere."""
    document = Document()
    document.add_paragraph("Texte du marché")
    part = document.part
    linked = part.relate_to(picture, RT.IMAGE, is_external=True)
    document.add_paragraph()._p.append(
        parse_xml(
            f'<w:r {W} {nsdecls("wp", "a", "pic", "r")}><w:drawing><wp:inline><wp:extent cx="900000" cy="900000"/>'
            '<wp:docPr id="1" name="image"/><a:graphic><a:graphicData '
            'uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr>'
            '<pic:cNvPr id="1" name="image"/><pic:cNvPicPr/></pic:nvPicPr>'
            f'<pic:blipFill><a:blip r:link="{linked}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
            '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="900000" cy="900000"/></a:xfrm>'
            '<a:prstGeom prst="rect"/></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
        )
    )
    for field in (f'INCLUDETEXT "{text}"', f'INCLUDEPICTURE "{picture}" \\d'):
        document.element.body.append(
            parse_xml(
                f'<w:p {W}><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
                f'<w:r><w:instrText xml:space="preserve"> {field} </w:instrText></w:r>'
                '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>ancien</w:t></w:r>'
                '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
            )
        )
    template = part._settings_part.relate_to(
        picture, RT.OFFICE_DOCUMENT.replace("officeDocument", "attachedTemplate"), is_external=True
    )
    document.settings.element.append(parse_xml(f'<w:attachedTemplate {nsdecls("w", "r")} r:id="{template}"/>'))
    return saved(document)


def odt(body: str, *, scripts: str = "", members: dict[str, str] | None = None) -> bytes:
    """An OpenDocument text of that XML."""
    names = ("office", "text", "draw", "script", "style", "table", "fo", "svg")
    space = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{_NAMESPACES.get(name, name)}:1.0"' for name in names
    )
    files = {
        "content.xml": f'<office:document-content {space} xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xmlns:ooo="http://openoffice.org/2004/office" xmlns:dom="http://www.w3.org/2001/xml-events" '
        'office:version="1.2">'
        f"{scripts}<office:body><office:text>{body}</office:text></office:body></office:document-content>",
        **(members or {}),
    }
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>' for name in files
    )
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
            'manifest:version="1.2">'
            '<manifest:file-entry manifest:full-path="/" '
            'manifest:media-type="application/vnd.oasis.opendocument.text"/>'
            f"{entries}</manifest:manifest>",
        )
    return file.getvalue()


_NAMESPACES = {"draw": "drawing", "fo": "xsl-fo-compatible", "svg": "svg-compatible"}


def linked_odt(picture: str, text: str) -> bytes:
    """The same in an OpenDocument text."""
    return odt(
        f'<text:p>Texte du marché<draw:frame text:anchor-type="as-char" svg:width="3cm" svg:height="3cm">'
        f'<draw:image xlink:href="{picture}" xlink:type="simple"/></draw:frame></text:p>'
        f'<text:section text:name="S"><text:section-source xlink:href="{text}" xlink:type="simple"/>'
        "<text:p>ancien</text:p></text:section>"
    )


def macro_odt(proof: str) -> bytes:
    """Writes a file when it opens, where macros run."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    basic = (
        f'{head}<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Main" '
        f'script:language="StarBasic">Sub Go\n'
        f'Open "{proof}" For Output As #1\nPrint #1, "run"\nClose #1\nEnd Sub</script:module>'
    )
    library = (
        f'{head}<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" '
        'library:readonly="false" library:passwordprotected="false">'
        '<library:element library:name="Main"/></library:library>'
    )
    libraries = (
        f'{head}<library:libraries xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<library:library library:name="Standard" library:link="false"/></library:libraries>'
    )
    return odt(
        "<text:p>Document à macro</text:p>",
        scripts='<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script" '
        'script:event-name="dom:load" '
        'xlink:href="vnd.sun.star.script:Standard.Main.Go?language=Basic&amp;location=document" '
        'xlink:type="simple"/></office:event-listeners></office:scripts>',
        members={
            "Basic/Standard/Main.xml": basic,
            "Basic/Standard/script-lb.xml": library,
            "Basic/script-lc.xml": libraries,
        },
    )


def inline_boxes_docx() -> bytes:
    """Boxes between the words of a line."""
    document = Document()
    document.add_paragraph("Insertion : ☐ Oui ☒ Non ☐ Sans objet")
    paragraph = document.add_paragraph("Form : ")
    for ticked, words in ((False, " Oui "), (True, " Non")):
        for run in list(parse_xml(box("legacy field", ticked=ticked))):
            paragraph._p.append(run)
        paragraph.add_run(words)
    return saved(document)


RTF_BOXES = rb"""{\rtf1\ansi
{\field{\*\fldinst FORMCHECKBOX {\*\formfield{\fftype1\ffres1\ffhps20\ffdefres0}}}{\fldrslt }}coch\'e9e\par
{\field{\*\fldinst FORMCHECKBOX {\*\formfield{\fftype1\ffres0\ffhps20\ffdefres1}}}{\fldrslt }}non coch\'e9e\par
{\field{\*\fldinst FORMCHECKBOX {\*\formfield{\fftype1\ffres25\ffhps20\ffdefres1}}}{\fldrslt }}coch\'e9e d'office\par
}"""
"""Boxes of a form as Word writes them; 25 says that the default holds."""


def in_every_format(sentence: str) -> dict[str, bytes]:
    """A CCAP of one clause and one table, by kind."""
    title, article = "Cahier des clauses administratives particulières", "ARTICLE 2 - CLAUSE SOCIALE D'INSERTION"
    rows = (("Lot", "Heures"), ("Lot 1", "300 h"))
    document = Document()
    document.add_heading(title, 0)
    document.add_heading(article, 1)
    document.add_paragraph(sentence)
    table = document.add_table(2, 2)
    for cells, row in zip(table.rows, rows, strict=True):
        cells.cells[0].text, cells.cells[1].text = row
    cells_odt = "".join(
        f"<table:table-row>{''.join(f'<table:table-cell><text:p>{cell}</text:p></table:table-cell>' for cell in row)}"
        "</table:table-row>"
        for row in rows
    )
    cells_html = "".join(f"<tr><td>{row[0]}</td><td>{row[1]}</td></tr>" for row in rows)
    cells_rtf = "".join(rf"\trowd\cellx4000\cellx8000 \intbl {row[0]}\cell {row[1]}\cell\row " + "\n" for row in rows)
    return {
        "docx": saved(document),
        "odt": odt(
            f"<text:h>{title}</text:h><text:h>{article}</text:h><text:p>{sentence}</text:p>"
            f"<table:table><table:table-column table:number-columns-repeated='2'/>{cells_odt}</table:table>"
        ),
        "html": (
            f"<!DOCTYPE html><html><body><h1>{title}</h1><h2>{article}</h2><p>{sentence}</p>"
            f"<table>{cells_html}</table></body></html>"
        ).encode(),
        "rtf": (rf"{{\rtf1\ansi\ansicpg1252 {title}\par {article}\par {sentence}\par {cells_rtf}}}".encode("cp1252")),
    }
