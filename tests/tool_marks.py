"""Marks of the tests that need an outside program."""

from __future__ import annotations

import shutil

import pytest

from flows.tools.tesseract import find_tesseract

needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice absent : make setup-system")
needs_tesseract = pytest.mark.skipif(find_tesseract() is None, reason="Tesseract absent : make setup-system")
