"""XMP: what of it goes into the result, and the statement that a picture is a composite.

A list of what may stay, as for EXIF: a packet may hold the place in many ways, thumbnails of the
unchanged picture, an orientation that is applied already, and develop settings that an editor would
apply a second time.
"""

from __future__ import annotations

import logging
import re
from xml.etree import ElementTree

from iph_core.photo.iptc import Iptc

logger = logging.getLogger(__name__)

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
META = "adobe:ns:meta/"
EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
CORE = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
DC = "http://purl.org/dc/elements/1.1/"
EXIF = "http://ns.adobe.com/exif/1.0/"
PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"

PREFIXES = {
    "x": META,
    "rdf": RDF,
    "dc": DC,
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "photoshop": PHOTOSHOP,
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "exif": EXIF,
    "exifEX": "http://cipa.jp/exif/1.0/",
    "aux": "http://ns.adobe.com/exif/1.0/aux/",
    "Iptc4xmpCore": CORE,
    "Iptc4xmpExt": EXTENSION,
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
}
for _prefix, _address in PREFIXES.items():
    ElementTree.register_namespace(_prefix, _address)

# What tells of the picture and of its making. None: everything but what LEFT_OUT names.
KEPT: dict[str, frozenset[str] | None] = {
    DC: None,
    PREFIXES["xmp"]: frozenset({"CreateDate", "CreatorTool", "Label", "Rating"}),
    PREFIXES["xmpRights"]: None,
    PHOTOSHOP: frozenset(
        {
            "AuthorsPosition",
            "CaptionWriter",
            "Credit",
            "DateCreated",
            "Headline",
            "Instructions",
            "Source",
            "TransmissionReference",
        }
    ),
    PREFIXES["tiff"]: frozenset({"Artist", "Copyright", "ImageDescription", "Make", "Model"}),
    EXIF: None,
    PREFIXES["exifEX"]: None,
    PREFIXES["aux"]: None,
    CORE: frozenset(
        {
            "AltTextAccessibility",
            "CreatorContactInfo",
            "ExtDescrAccessibility",
            "IntellectualGenre",
            "Scene",
            "SubjectCode",
        }
    ),
    EXTENSION: frozenset(
        {
            "ArtworkOrObject",
            "Contributor",
            "DigImageGUID",
            "DigitalSourceType",
            "Event",
            "OrganisationInImageName",
            "PersonInImage",
        }
    ),
    PREFIXES["plus"]: None,
}
LEFT_OUT = {
    DC: frozenset({"coverage", "format"}),
    EXIF: frozenset({"MakerNote", "NativeDigest", "PixelXDimension", "PixelYDimension"}),
}
PLACE = {
    DC: frozenset({"coverage"}),
    PHOTOSHOP: frozenset({"City", "Country", "State"}),
    CORE: frozenset({"CountryCode", "Location"}),
    EXTENSION: frozenset({"LocationCreated", "LocationShown"}),
}

# IPTC's vocabulary of digital source types. `composite`: "mix or composite of several elements, any
# of which may or may not be generative AI". We add nothing generated, and do not know what the
# parts were; where the photo itself says that they were, its word stays.
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
COMPOSITE = SOURCE_TYPES + "composite"
WITH_GENERATED_PARTS = {
    "compositeSynthetic": "compositeSynthetic",
    "compositeWithTrainedAlgorithmicMedia": "compositeWithTrainedAlgorithmicMedia",
    "trainedAlgorithmicMedia": "compositeSynthetic",
    "algorithmicMedia": "compositeSynthetic",
}

SOURCE_TYPE_TAG = f"{{{EXTENSION}}}DigitalSourceType"
DESCRIPTION = f"{{{RDF}}}Description"
RESOURCE = f"{{{RDF}}}resource"
MOST_CHARACTERS = 1_000_000
PLAIN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # not XML 1.0
UNREADABLE = (ElementTree.ParseError, ValueError, LookupError, RecursionError)
LEFT_OUT_WARNING = "The XMP data of %s cannot be read and is left out: %s"

# How a packet starts -> its encoding (XMP Part 1, 7.2: UTF-8, UTF-16 or UTF-32; byte order marks,
# or else the zeros beside the first "<"). The longer starts come first; all others are UTF-8.
ENCODINGS = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"<\0\0\0": "utf-32-le",
    b"\0\0\0<": "utf-32-be",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"<\0": "utf-16-le",
    b"\0<\0": "utf-16-be",
}

HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
TAIL = '\n<?xpacket end="w"?>'


def kept_xmp(
    packet: bytes | str | None, name: str, iptc: Iptc | None = None, keep_place: bool = False
) -> bytes | None:
    """The packet that goes into the result: no place unless it is wanted; None where none stays.

    iptc: what the older block says, added where the packet has no such property.
    """
    properties = []
    try:
        properties = _read(packet) if packet else []
    except UNREADABLE as error:
        logger.warning(LEFT_OUT_WARNING, name, error)
    there = {p.tag for p in properties}
    for (prefix, local, container), values in (iptc or {}).items():
        tag = f"{{{PREFIXES[prefix]}}}{local}"
        if tag not in there:
            properties.append(_property(tag, container, values))
    kept = [p for p in properties if _stays(p.tag, keep_place)]
    return _written(kept, name) if kept else None


def as_composite(packet: bytes | None) -> bytes:
    """A packet of ours (or None) that says that the picture is a composite.

    Iptc4xmpExt:DigitalSourceType (IPTC Photo Metadata Standard 2023.2).
    """
    properties = _read(packet) if packet else []
    statement = ElementTree.Element(SOURCE_TYPE_TAG)
    statement.text = source_type(packet)
    return _write([p for p in properties if p.tag != SOURCE_TYPE_TAG] + [statement])


def source_type(packet: bytes | None) -> str:
    """The digital source type of a result made of a photo with this packet."""
    for stated in _read(packet) if packet else []:
        if stated.tag == SOURCE_TYPE_TAG:
            term = (stated.text or stated.get(RESOURCE) or "").strip().rsplit("/", 1)[-1]
            if term in WITH_GENERATED_PARTS:
                return SOURCE_TYPES + WITH_GENERATED_PARTS[term]
    return COMPOSITE


def source_type_alone(packet: bytes) -> bytes:
    """The packet reduced to the statement, for formats with little room."""
    return _write([p for p in _read(packet) if p.tag == SOURCE_TYPE_TAG])


def _read(packet: bytes | str) -> list[ElementTree.Element]:
    """The properties of a packet, each as an element."""
    # As text, so that the checks and the parser see the same, whatever encoding the packet names.
    text = packet if isinstance(packet, str) else _decoded(packet)
    text = text.strip("\ufeff\0 \r\n\t")
    # Entities are how a short XML text becomes a huge one, or names other files.
    if len(text) > MOST_CHARACTERS or "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("too long, or not plain")
    properties = []
    for description in ElementTree.fromstring(text).iter(f"{{{RDF}}}RDF"):
        for part in description.findall(DESCRIPTION):
            properties += list(part)
            # What is RDF's own (rdf:about) tells of the description and is no property.
            own = (item for item in part.items() if not item[0].startswith(f"{{{RDF}}}"))
            properties += [_element(*item) for item in own]
    return properties


def _decoded(packet: bytes) -> str:
    for start, encoding in ENCODINGS.items():
        if packet.startswith(start):
            return packet.decode(encoding)
    return packet.decode("utf-8")


def _property(tag: str, container: str, values: list[str]) -> ElementTree.Element:
    """A property with its values, in rdf:Alt, rdf:Bag or rdf:Seq where XMP wants one."""
    texts = [PLAIN.sub("", value) for value in values]
    if not container:
        return _element(tag, texts[0])
    element = ElementTree.Element(tag)
    items = ElementTree.SubElement(element, f"{{{RDF}}}{container}")
    for text in texts:
        item = ElementTree.SubElement(items, f"{{{RDF}}}li")
        item.text = text
        if container == "Alt":
            item.set("{http://www.w3.org/XML/1998/namespace}lang", "x-default")
    return element


def _element(tag: str, text: str) -> ElementTree.Element:
    element = ElementTree.Element(tag)
    element.text = text
    return element


def _stays(tag: str, keep_place: bool) -> bool:
    address, _, name = tag.removeprefix("{").partition("}")
    if (address == EXIF and name.startswith("GPS")) or name in PLACE.get(address, ()):
        return keep_place
    if address not in KEPT or name in LEFT_OUT.get(address, ()):
        return False
    names = KEPT[address]
    return names is None or name in names


def _written(properties: list[ElementTree.Element], name: str) -> bytes | None:
    """The packet, or None with a warning where it could not be read when the photo is saved."""
    try:
        packet = _write(properties)
        # Signs like ">" take more room when written, and the statement is still to come.
        _read(as_composite(packet))
    except UNREADABLE as error:
        logger.warning(LEFT_OUT_WARNING, name, error)
        return None
    return packet


def _write(properties: list[ElementTree.Element]) -> bytes:
    root = ElementTree.Element(f"{{{META}}}xmpmeta")
    description = ElementTree.SubElement(
        ElementTree.SubElement(root, f"{{{RDF}}}RDF"), DESCRIPTION, {f"{{{RDF}}}about": ""}
    )
    description.extend(properties)
    return (HEAD + ElementTree.tostring(root, encoding="unicode") + TAIL).encode()
