"""Marks of the tests that need a program which the machine may not have."""

from __future__ import annotations

import shutil

import pytest

needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice absent : make setup-system")
needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract absent : make setup-system")
