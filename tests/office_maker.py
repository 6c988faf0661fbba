"""Writes a file in another format, with the LibreOffice that listens to a pipe: run by the Python that has `uno`.

Arguments: pipe, source, target, filter, password or nothing.
"""

import sys
from pathlib import Path

import uno
from com.sun.star.beans import NamedValue, PropertyValue

pipe, source, target, writer, password = sys.argv[1:]
local = uno.getComponentContext()
resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
hidden = PropertyValue(Name="Hidden", Value=True)
document = desktop.loadComponentFromURL(Path(source).as_uri(), "_blank", 0, (hidden,))
options = [PropertyValue(Name="FilterName", Value=writer)]
if password:
    options.append(PropertyValue(Name="Password", Value=password))
    if "2007" in writer:
        values = {"CryptoType": "StrongEncryptionDataSpace", "OOXPassword": password}
        named = tuple(NamedValue(name, value) for name, value in values.items())
        key = uno.Any("[]com.sun.star.beans.NamedValue", named)
        options[1] = PropertyValue(Name="EncryptionData", Value=key)
document.storeToURL(Path(target).as_uri(), tuple(options))
document.close(True)
