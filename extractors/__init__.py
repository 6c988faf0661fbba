"""Clausoscope's reading of tenders: bytes and text in, frozen records out; no database, no network, no scheduler."""
