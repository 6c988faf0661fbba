"""Which problems are worth another reading at the next run, the rules being the same: the one list of them."""

from __future__ import annotations

PUT_OFF = "tender_budget"
"""Its tender had used up its time: the file was not opened, and what was read of it before still stands."""
RETRIED = frozenset(
    {
        "timeout",  # the file took longer than it may
        "crashed",  # the process that read it died
        "office_timeout",  # its conversion took longer than it may
        "office_memory",  # it asked for more memory than it may
        "office_crashed",  # LibreOffice died of it
        "office_broken",  # LibreOffice did not start
        "ocr_timeout",  # an image of it did
        "ocr_budget",  # its images did, all together
        PUT_OFF,
    }
)
"""What stopped a reading for a while: another run, or another limit, may go further. What a program that is now there
would mend comes on top of these: `extractors.tools.Tools.mends`."""
