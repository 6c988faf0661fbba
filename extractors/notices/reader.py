"""The XML of any notice that we read: eForms, TED R2.0.9, or BOAMP of 2015 to 2023."""

from __future__ import annotations

from extractors.notices import boamp_flat, eforms, ted_xml
from extractors.notices.records import Notice, NoticeError
from extractors.notices.tree import Node, parse_xml


def read_xml(content: bytes) -> Notice:
    """The notice, by the root of the file.

    Raises:
        NoticeError: the root is none of these, or it is no safe XML.
    """
    root = parse_xml(content)
    if root.tag == "ANNONCE":
        return boamp_flat.read(root.first("GESTION") or Node(""), root.first("DONNEES") or Node(""))
    if root.tag == "TED_EXPORT":
        return ted_xml.read(root)
    if root.tag in eforms.ROOTS:
        return eforms.read(root)
    raise NoticeError(f"XML de racine « {root.tag} » : ce n'est pas un avis connu, vérifiez le fichier.")
