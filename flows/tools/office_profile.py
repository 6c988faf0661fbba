"""The settings of the LibreOffice that converts: it runs no macro, fetches nothing, asks nothing, reports nothing."""

from __future__ import annotations

from pathlib import Path

_NOBODY = "127.0.0.1"
"""A proxy where nothing answers (port 9): what would be fetched in spite of the rest is not."""
_SETTINGS: dict[str, dict[str, str]] = {
    "Office.Common/Security/Scripting": {
        "MacroSecurityLevel": "3",
        "DisableMacrosExecution": "true",
        "DisableActiveContent": "true",
        "BlockUntrustedRefererLinks": "true",  # pictures and texts that stand elsewhere
    },
    "Inet/Settings": {
        "ooInetProxyType": "1",
        "ooInetHTTPProxyName": _NOBODY,
        "ooInetHTTPProxyPort": "9",
        "ooInetHTTPSProxyName": _NOBODY,
        "ooInetHTTPSProxyPort": "9",
        "ooInetNoProxy": "",
    },
    "Office.Writer/Content/Update": {"Link": "0"},
    "Office.WriterWeb/Content/Update": {"Link": "0"},
    # Without its windows (the packages « nogui »), LibreOffice dies where it would show a comment
    "Office.Writer/Content/Display": {"Note": "false"},
    "Office.WriterWeb/Content/Display": {"Note": "false"},
    "Office.Common/Misc": {"CrashReport": "false", "FirstRun": "false", "ShowTipOfTheDay": "false"},
    "Office.Recovery/RecoveryInfo": {"Enabled": "false"},
    "Office.Recovery/AutoSave": {"Enabled": "false"},
    "Setup/L10N": {"ooSetupSystemLocale": "fr-FR"},
}


def write_profile(folder: Path) -> None:
    """A profile of LibreOffice in that folder, which it makes; raises OSError."""
    items = "".join(
        f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
        for path, values in _SETTINGS.items()
        for name, value in values.items()
    )
    user = folder / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{items}</oor:items>",
        encoding="utf-8",
    )
