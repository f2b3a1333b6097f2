from __future__ import annotations

import io
import logging
from xml.etree import ElementTree

import pytest
from PIL import Image, JpegImagePlugin

from iph_core.photo import encode_photo, open_photo, photo_from_array
from iph_core.photo.xmp import COMPOSITE, DESCRIPTION, RDF, as_composite, kept_xmp, source_type

TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SPACES = """xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:drone="http://www.dji.com/drone-dji/1.0/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:ext="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" """


def packet(attributes: str = "", elements: str = "") -> bytes:
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {SPACES}><rdf:Description rdf:about=""'
        f" {attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


WITH_ENTITIES = '<!DOCTYPE a [<!ENTITY b "cc">]>' + packet('dc:title="&b;&b;"').decode()


def test_place_in_attributes_elements_and_foreign_names_is_left_out():
    kept = kept_xmp(
        packet(
            'exif:GPSLatitude="48,12N" photoshop:City="Nowhereville" exif:ISOSpeed="400"'
            ' drone:GpsLatitude="48.2"',
            "<ext:LocationShown><rdf:Bag><rdf:li>Nowhereville</rdf:li></rdf:Bag></ext:LocationShown>"
            "<dc:coverage>Nowhereville</dc:coverage><dc:title>Us</dc:title>",
        ),
        "photo",
    )
    assert kept is not None
    for word in (b"GPS", b"Gps", b"48", b"Nowhereville", b"Location"):
        assert word not in kept
    assert b"400" in kept
    assert b"<dc:title>Us</dc:title>" in kept


def test_the_place_stays_on_demand_but_not_what_others_call_it():
    source = packet('exif:GPSLatitude="48,12N" drone:GpsLatitude="48.2"')
    kept = kept_xmp(source, "photo", keep_place=True)
    assert b"48,12N" in kept
    assert b"48.2" not in kept


def test_thumbnails_of_the_old_picture_are_left_out():
    assert kept_xmp(packet('xmp:Thumbnails="AAAA"'), "photo") is None


@pytest.mark.parametrize(
    "broken",
    [
        b"<x:xmpmeta",
        b"\xff\xfe\x00",
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + packet('dc:title="&b;"'),
        packet(f'dc:title="{"x" * 1_000_001}"'),
        pytest.param(packet(f'dc:title="{">" * 400_000}"'), id="too long once it is escaped"),
        pytest.param(
            packet("", f"<dc:title>{'<dc:a>' * 5000}{'</dc:a>' * 5000}</dc:title>"), id="too deep"
        ),
    ],
)
def test_what_cannot_be_read_is_left_out_and_said(broken, caplog):
    with caplog.at_level(logging.WARNING):
        assert kept_xmp(broken, "odd.jpg") is None
    assert "odd.jpg" in caplog.text


def test_what_is_kept_has_room_for_the_statement():
    kept = [
        kept_xmp(packet(f'dc:title="{"x" * 999_000}{">" * more}"'), "photo")
        for more in range(0, 300, 20)
    ]
    assert kept[0] is not None
    assert kept[-1] is None
    for each in filter(None, kept):
        assert source_type(as_composite(each)) == COMPOSITE


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (None, "composite"),
        ("digitalCapture", "composite"),
        ("compositeCapture", "composite"),
        ("trainedAlgorithmicMedia", "compositeSynthetic"),
        ("compositeSynthetic", "compositeSynthetic"),
        ("compositeWithTrainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"),
    ],
)
def test_generated_parts_are_not_denied(stated, expected):
    kept = None
    if stated:
        kept = kept_xmp(packet(f'ext:DigitalSourceType="{TERMS}{stated}"'), "photo")
    result = as_composite(kept)
    assert result.count(b"DigitalSourceType>") == 2  # opens and closes once
    assert f">{TERMS}{expected}<".encode() in result
    assert source_type(result) in (COMPOSITE, TERMS + expected)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_every_format_carries_it_and_gives_it_back(colors, suffix):
    data = encode_photo(photo_from_array(colors).as_composite(), suffix)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert COMPOSITE.encode() in image.info["xmp"]
    assert COMPOSITE.encode() in open_photo(data).xmp


def test_a_packet_too_long_for_jpeg_keeps_the_statement(colors, caplog):
    long = kept_xmp(packet(f'dc:title="{"x" * 70_000}"'), "photo")
    photo = photo_from_array(colors)
    object.__setattr__(photo, "xmp", long)
    with caplog.at_level(logging.WARNING):
        data = encode_photo(photo.as_composite(), ".jpg")
    assert "XMP" in caplog.text
    assert COMPOSITE.encode() in open_photo(data).xmp


ENCODINGS = [("\ufeff", "utf-8")] + [
    (mark, name)
    for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
    for mark in ("", "\ufeff")
]


@pytest.mark.parametrize(("mark", "encoding"), ENCODINGS)
@pytest.mark.parametrize("tail", ["", '\n<?xpacket end="w"?>  ', "\0"])
def test_every_encoding_of_xmp_is_read(mark, encoding, tail):
    text = mark + packet('dc:title="Zwei Männer"').decode() + tail
    kept = kept_xmp(text.encode(encoding), "photo")
    assert "<dc:title>Zwei Männer</dc:title>" in kept.decode()


@pytest.mark.parametrize(("mark", "encoding"), ENCODINGS)
def test_entities_are_refused_in_every_encoding(mark, encoding, caplog):
    text = mark + WITH_ENTITIES
    with caplog.at_level(logging.WARNING):
        assert kept_xmp(text.encode(encoding), "odd.jpg") is None
    assert "odd.jpg cannot be read and is left out: too long, or not plain" in caplog.text


def test_entities_in_a_utf_16_packet_of_a_file(colors):
    xmp = ("\ufeff" + WITH_ENTITIES).encode("utf-16-be")
    buffer = io.BytesIO()
    Image.fromarray(colors).save(buffer, "JPEG", xmp=xmp)
    assert open_photo(buffer.getvalue()).xmp is None


def test_what_is_rdfs_own_becomes_no_property():
    # Adobe's programs refuse a whole packet for one <rdf:about/>.
    first = as_composite(kept_xmp(packet('dc:title="Us"'), "photo"))
    again = as_composite(kept_xmp(first, "photo"))
    for written in (first, again):
        (description,) = ElementTree.fromstring(written.strip()).iter(DESCRIPTION)
        assert description.attrib == {f"{{{RDF}}}about": ""}
        assert not [child.tag for child in description if child.tag.startswith(f"{{{RDF}}}")]
        assert b"Us" in written


def field(number: int, value: bytes) -> bytes:
    return b"\x1c\x02" + bytes([number]) + len(value).to_bytes(2, "big") + value


def photo_with_older_block(colors, block: bytes) -> bytes:
    """A JPEG with an IPTC-IIM block, as Photoshop stores it."""
    resource = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(block).to_bytes(4, "big") + block
    resource += b"\0" * (len(block) % 2)
    data = encode_photo(photo_from_array(colors), ".jpg")
    segment = b"\xff\xed" + (len(resource) + 2).to_bytes(2, "big") + resource
    with Image.open(io.BytesIO(data[:2] + segment + data[2:])) as image:
        assert isinstance(image, JpegImagePlugin.JpegImageFile)
    return data[:2] + segment + data[2:]


MARK = b"\x1c\x01\x5a\x00\x03\x1b%G"  # UTF-8


def test_the_older_block_fills_what_xmp_does_not_say(colors):
    block = MARK + field(80, b"Bob") + field(120, "Zwei Männer".encode())
    block += field(90, b"Nowhereville") + field(25, b"wedding") + field(25, b"us")
    xmp = open_photo(photo_with_older_block(colors, block)).xmp.decode()
    assert "<dc:creator><rdf:Seq><rdf:li>Bob</rdf:li></rdf:Seq></dc:creator>" in xmp
    assert "Zwei Männer" in xmp
    assert "<rdf:li>wedding</rdf:li><rdf:li>us</rdf:li>" in xmp
    assert "Nowhereville" not in xmp


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(b"", "utf-8"), (b"", "latin-1"), (MARK, "utf-8"), (b"\x1c\x01\x5a\0\x03\x1b.A", "latin-1")],
)
def test_the_older_block_with_and_without_its_mark(colors, mark, encoding):
    block = mark + field(80, "Müller, Köln".encode(encoding))
    xmp = open_photo(photo_with_older_block(colors, block)).xmp.decode()
    assert "<rdf:li>Müller, Köln</rdf:li>" in xmp


def test_the_older_block_with_characters_that_xml_has_not(colors):
    block = MARK + field(120, "Anna\uffff and \ufffeBob\x01".encode())
    photo = open_photo(photo_with_older_block(colors, block))
    assert ">Anna and Bob<" in photo.xmp.decode()
    again = open_photo(encode_photo(photo.as_composite(), ".jpg"))
    assert ">Anna and Bob<" in again.xmp.decode()
    assert COMPOSITE in again.xmp.decode()


def test_surrogates_of_the_older_block_are_left_out():
    kept = kept_xmp(None, "photo", {("dc", "description", "Alt"): ["An\ud800na\udfff"]})
    assert ">Anna<" in kept.decode()


def test_the_place_of_the_older_block_stays_on_demand(colors):
    places = {90: b"Mistelbach", 92: b"Market", 95: b"Lower", 100: b"AUT", 101: b"Austria"}
    block = MARK + b"".join(field(number, text) for number, text in places.items())
    data = photo_with_older_block(colors, block + field(80, b"Bob"))
    kept, without = (open_photo(data, keep_place=keep).xmp for keep in (True, False))
    assert b"<photoshop:City>Mistelbach</photoshop:City>" in kept
    assert b"<Iptc4xmpCore:CountryCode>AUT</Iptc4xmpCore:CountryCode>" in kept
    for text in places.values():
        assert text in kept and text not in without


@pytest.mark.parametrize(
    ("date", "shown"),
    [(b"20240102", "2024-01-02"), (b"20240100", "2024-01"), (b"20240000", "2024"), (b"?", "?")],
)
def test_the_older_blocks_date_instructions_and_job(colors, date, shown):
    block = MARK + field(40, b"Embargo") + field(55, date) + field(103, b"J-7")
    xmp = open_photo(photo_with_older_block(colors, block)).xmp.decode()
    assert f"<photoshop:DateCreated>{shown}</photoshop:DateCreated>" in xmp
    assert "<photoshop:Instructions>Embargo</photoshop:Instructions>" in xmp
    assert "<photoshop:TransmissionReference>J-7</photoshop:TransmissionReference>" in xmp
