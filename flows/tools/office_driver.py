"""Drives one LibreOffice: a request per line of standard input, an answer per line of standard output, both JSON.

Run by the Python that LibreOffice was built for, the only one that has `uno`: it imports nothing of Clausoscope.
Its arguments: the name of the pipe that LibreOffice listens to, and its process, ended when our input ends.
"""

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uno
import unohelper
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.document import MacroExecMode, UpdateDocMode
from com.sun.star.lang import DisposedException
from com.sun.star.task import XInteractionHandler
from com.sun.star.uno import Exception as UnoException

_NO_MARKS = {
    "ExportNotes": False,
    "ExportNotesInMargin": False,
    "ExportFormFields": False,  # printed as they look, their state with them
    "ExportBookmarks": False,
    "UseTaggedPDF": False,
    "EmbedStandardFonts": True,
}
_BOX_LETTERS = r"[\u00fe\u00fd\u00a8]|(?<!\S)[\u00fc\u00fboqrx](?!\S)"
"""What Wingdings shows as a box, and any other font as a letter."""
_SIGNS = "[\u2190-\u2bff\U0001f000-\U0001faff]"
"""Arrows, boxes, ticks and the like."""


class Asked(unohelper.Base, XInteractionHandler):  # type: ignore[misc]
    """Answers no question of LibreOffice, and tells which one it asked."""

    def __init__(self) -> None:
        self.code = ""

    def handle(self, request: Any) -> None:
        asked = type(request.getRequest()).__name__
        if "Password" in asked:
            self.code = "encrypted"
        elif not self.code:
            self.code = "damaged"
        for choice in request.getContinuations():
            if "Abort" in str(choice):
                choice.select()


def main(pipe: str, office: int) -> None:
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=serve, args=(pipe, requests), daemon=True).start()
    for line in sys.stdin:
        requests.put(line)
    os.kill(office, signal.SIGKILL)  # whoever started us is gone
    os._exit(0)


def serve(pipe: str, requests: queue.SimpleQueue[str]) -> None:
    try:
        context = connected(pipe)
        tell({"ready": True})
        while True:
            tell(converted(context, **json.loads(requests.get())))
    finally:
        os._exit(1)


def connected(pipe: str) -> Any:
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    while True:  # whoever started us holds the time
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.02)


def converted(context: Any, source: str, target: str, reader: str) -> dict[str, str]:
    """Print one file into another; what went wrong, as a code, when it could not be."""
    create = context.ServiceManager.createInstanceWithContext
    asked = Asked()
    loading = {
        "URL": url(source),
        "MacroExecutionMode": MacroExecMode.NEVER_EXECUTE,
        "UpdateDocMode": UpdateDocMode.NO_UPDATE,
        "InteractionHandler": asked,
        "FilterName": reader,
    }
    document = create("com.sun.star.text.TextDocument", context)
    try:
        document.load(properties(loading))
        cleaned(document)
        # Shown once cleaned: an installation without windows dies of the window of a comment
        desktop = create("com.sun.star.frame.Desktop", context)
        desktop.loadComponentFromURL("private:object", "_blank", 0, properties({"Model": document, "Hidden": True}))
        with_boxes(document)
        with_controls(document)
        with_fields(document)
        with_signs_apart(document)
        data = uno.Any("[]com.sun.star.beans.PropertyValue", properties(_NO_MARKS))
        document.storeToURL(url(target), properties({"FilterName": "writer_pdf_Export", "FilterData": data}))
        document.close(True)
        return {"code": ""}
    except DisposedException:
        return {"code": "ended"}
    except UnoException:
        with contextlib.suppress(UnoException):
            document.close(True)
        return {"code": asked.code or "damaged"}


def cleaned(document: Any) -> None:
    """Without what a reviewer deleted, nor comments: they are not what the document says."""
    document.ShowChanges = False
    comments = [f for f in parts(document.TextFields) if f.supportsService("com.sun.star.text.textfield.Annotation")]
    for comment in comments:
        comment.dispose()


def with_boxes(document: Any) -> None:
    """Letters that Wingdings shows as boxes become the symbols that they are."""
    search = document.createSearchDescriptor()
    search.SearchRegularExpression, search.SearchString = True, _BOX_LETTERS
    letters = document.findAll(search)
    for letter in [letters.getByIndex(i) for i in range(letters.Count)]:
        if letter.CharFontName == "Wingdings":
            letter.String = chr(0xF000 + ord(letter.String))


def with_signs_apart(document: Any) -> None:
    """Signs in a font of their own: those that the font of a line lacks would be printed after the line."""
    signs = document.createReplaceDescriptor()
    signs.SearchRegularExpression, signs.SearchString, signs.ReplaceString = True, _SIGNS, "$0"
    signs.setReplaceAttributes(properties({"CharFontName": "OpenSymbol"}))
    document.replaceAll(signs)


def with_fields(document: Any) -> None:
    """The sign of its state before each box of a protected form of Word, which is printed as a drawing."""
    marks = document.createSearchDescriptor()
    marks.SearchString = "\u0006"  # how LibreOffice holds their place in the text
    found = document.findAll(marks)
    for mark in [found.getByIndex(i) for i in range(found.Count)]:
        portions = [portion for paragraph in parts(mark) for portion in parts(paragraph)]
        for field in [p.Bookmark for p in portions if p.TextPortionType.startswith("TextField")]:
            if field and field.getFieldType().endswith("FORMCHECKBOX"):
                values = field.getParameters()
                ticked = values.hasByName("Checkbox_Checked") and values.getByName("Checkbox_Checked")
                mark.Text.insertString(mark.Start, "\u2611 " if ticked else "\u2610 ", False)


def parts(holder: Any) -> Iterator[Any]:
    found = holder.createEnumeration()
    while found.hasMoreElements():
        yield found.nextElement()


def with_controls(document: Any) -> None:
    """The boxes of a form, which would not be printed, become the signs of their state, before their label."""
    page = document.DrawPage
    shapes = [page.getByIndex(i) for i in range(page.Count)]
    for control, anchor in [(s.Control, s.Anchor) for s in shapes if hasattr(s, "Control") and s.Control]:
        if any(control.supportsService(f"com.sun.star.form.component.{box}") for box in ("CheckBox", "RadioButton")):
            sign = "\u2611" if control.State == 1 else "\u2610"
            control.Printable = False  # its label is written with its sign
            anchor.Text.insertString(anchor.Start, f"{sign} {control.Label} ", False)


def properties(values: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(PropertyValue(Name=name, Value=value) for name, value in values.items())


def url(path: str) -> str:
    return Path(path).as_uri()


def tell(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
