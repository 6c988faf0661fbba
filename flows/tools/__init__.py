"""The outside programs: which are there, how they are started, held and ended. See `extractors/tools.py`."""
