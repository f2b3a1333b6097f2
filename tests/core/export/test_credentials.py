"""Content Credentials, signed with certificates made here and read back by the library's reader."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import sys

import numpy as np
import pytest
from PIL import Image

from iph_core.errors import InputError
from iph_core.export import credentials
from iph_core.photo import encode_photo, open_photo, photo_from_array
from iph_core.photo.xmp import COMPOSITE, SOURCE_TYPES

c2pa = pytest.importorskip("c2pa")
x509 = pytest.importorskip("cryptography.x509")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".tif": "TIFF", ".webp": "WebP"}
DAY = datetime.timedelta(days=1)


def certificate(name, key, issuer, issuer_key, is_root):
    """A certificate as C2PA 2.2, 14.5 asks: the signer's may sign contents, the root's others."""
    now = datetime.datetime.now(datetime.timezone.utc)
    usage = dict.fromkeys(
        (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
            "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    usage |= {"key_cert_sign": is_root, "digital_signature": not is_root}
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if not is_root:
        purpose = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION])
        parent = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
        builder = builder.add_extension(purpose, critical=False)
        builder = builder.add_extension(parent, critical=False)
    signed = builder.sign(issuer_key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)


def named(name):
    return x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "A test"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, name),
        ]
    )


@pytest.fixture(scope="module")
def root_and_files(tmp_path_factory):
    """The root's PEM, and the files of a chain and a key that it vouches for."""
    folder = tmp_path_factory.mktemp("certificates")
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = certificate("root", root_key, "root", root_key, is_root=True)
    signer = certificate("signer", key, "root", root_key, is_root=False)
    (folder / "chain.pem").write_bytes(signer + root)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(private)
    return root, folder / "chain.pem", folder / "key.pem"


@pytest.fixture
def signing(root_and_files, monkeypatch):
    """Signing is configured; the root of the certificates."""
    root, chain, key = root_and_files
    monkeypatch.setenv("IPH_SIGN_CERT", str(chain))
    monkeypatch.setenv("IPH_SIGN_KEY", str(key))
    return root


@pytest.fixture
def photo(tmp_path, noise):
    Image.fromarray(noise).save(tmp_path / "us.jpg", quality=95)
    return open_photo(tmp_path / "us.jpg")


def write(photo, suffix=".jpg"):
    data = encode_photo(photo.as_composite(), suffix)
    return credentials.signed(data, FORMATS[suffix], photo)


def read(data, suffix, root):
    """State of the validation, and the active manifest, by the library's reader."""
    trust = {"trust": {"trust_anchors": root.decode()}, "verify": {"verify_trust": True}}
    mime = credentials.MIME_TYPES[FORMATS[suffix]]
    context = c2pa.Context.from_dict({"version": 1, **trust})
    reader = c2pa.Reader(mime, io.BytesIO(data), context=context)
    store = json.loads(reader.json())
    return reader.get_validation_state(), store["manifests"][store["active_manifest"]]


def actions(manifest):
    (found,) = [a for a in manifest["assertions"] if a["label"].startswith("c2pa.actions")]
    return found["data"]["actions"]


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_is_signed_and_trusted(signing, photo, suffix):
    data = write(photo, suffix)
    state, manifest = read(data, suffix, signing)
    assert state == "Trusted"
    opened, change = actions(manifest)
    assert opened["action"] == "c2pa.opened"
    assert change["action"] == "c2pa.color_adjustments"
    assert change["digitalSourceType"] == COMPOSITE
    (parent,) = manifest["ingredients"]
    assert (parent["title"], parent["relationship"]) == ("us.jpg", "parentOf")
    assert manifest["signature_info"]["common_name"] == "signer"


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_picture_and_its_metadata_stay(signing, photo, suffix):
    plain, data = encode_photo(photo.as_composite(), suffix), write(photo, suffix)
    assert len(data) > len(plain)
    before, after = open_photo(plain), open_photo(data)
    assert np.array_equal(after.pixels, before.pixels)
    assert COMPOSITE.encode() in after.xmp


def test_a_changed_file_is_found_out(signing, photo):
    data = bytearray(write(photo))
    data[-100] ^= 1
    state, _ = read(bytes(data), ".jpg", signing)
    assert state == "Invalid"


def test_without_the_file_the_picture_was_created(signing, photo, noise):
    _, manifest = read(write(photo_from_array(noise)), ".jpg", signing)
    assert actions(manifest)[0] == {
        "action": "c2pa.created",
        "digitalSourceType": COMPOSITE,
    }
    photo.path.write_bytes(encode_photo(photo_from_array(255 - noise), ".jpg"))
    _, manifest = read(write(photo), ".jpg", signing)
    assert actions(manifest)[0]["action"] == "c2pa.created"


def with_credentials(photo, root_and_files, assertion):
    """The photo's file, signed by someone else with one more statement in it."""
    _, chain, key = root_and_files
    manifest = {
        "claim_generator_info": [{"name": "a camera", "version": "1"}],
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {
                    "actions": [
                        {
                            "action": "c2pa.created",
                            "digitalSourceType": SOURCE_TYPES + "digitalCapture",
                        }
                    ]
                },
            },
            assertion,
        ],
    }
    info = c2pa.C2paSignerInfo("es256", chain.read_bytes(), key.read_bytes(), None)
    out = io.BytesIO()
    source = io.BytesIO(photo.path.read_bytes())
    c2pa.Builder(json.dumps(manifest)).sign(c2pa.Signer.from_info(info), "image/jpeg", source, out)
    photo.path.write_bytes(out.getvalue())
    return open_photo(photo.path)


def test_a_parent_keeps_its_credentials_unless_they_tell_the_place(signing, photo, root_and_files):
    plain = {"label": "org.test.note", "data": {"note": "taken by Ann"}}
    signed = with_credentials(photo, root_and_files, plain)
    data = write(signed)
    assert "taken by Ann" in c2pa.Reader("image/jpeg", io.BytesIO(data)).detailed_json()

    place = {
        "label": "c2pa.metadata",
        "data": {
            "@context": {"exif": "http://ns.adobe.com/exif/1.0/"},
            "exif:GPSLatitude": "48,12.0N",
        },
    }
    located = with_credentials(photo, root_and_files, place)
    assert b"48,12.0N" in located.path.read_bytes()
    data = write(located)
    assert b"48,12.0N" not in data
    _, manifest = read(data, ".jpg", signing)
    assert actions(manifest)[0]["action"] == "c2pa.created"


def test_a_parent_with_damaged_credentials_is_not_named(signing, photo, root_and_files, caplog):
    plain = {"label": "org.test.note", "data": {"note": "taken by Ann"}}
    whole = with_credentials(photo, root_and_files, plain).path.read_bytes()
    start = whole.index(b"jumb") - 4
    for data in (
        whole[: start + 40] + b"\xff" * 60 + whole[start + 100 :],
        whole.replace(b"c2as", b"????", 1),  # the kind of the box with the assertions
        whole.replace(b"c2cl", b"????", 1),  # and of that with the claim
    ):
        caplog.clear()
        assert data != whole
        photo.path.write_bytes(data)
        result = write(open_photo(photo.path))
        state, manifest = read(result, ".jpg", signing)
        assert state == "Trusted"
        assert actions(manifest)[0]["action"] == "c2pa.created"
        assert "ingredients" not in manifest
        assert "us.jpg cannot be the parent" in caplog.text


def test_a_parent_that_the_library_refuses_is_not_named(signing, photo, monkeypatch, caplog):
    def refuses(*_):
        raise c2pa.C2paError("no")

    monkeypatch.setattr(c2pa.Builder, "add_ingredient", refuses)
    state, manifest = read(write(photo), ".jpg", signing)
    assert state == "Trusted"
    assert actions(manifest)[0]["action"] == "c2pa.created"
    assert "us.jpg cannot be the parent" in caplog.text


def test_nothing_configured_nothing_signed(photo, monkeypatch):
    for name in ("IPH_SIGN_CERT", "IPH_SIGN_KEY"):
        monkeypatch.delenv(name, raising=False)
    data = encode_photo(photo, ".jpg")
    assert credentials.signed(data, "JPEG", photo) is data


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"IPH_SIGN_KEY": ""}, "set both"),
        ({"IPH_SIGN_CERT": ""}, "set both"),
        ({"IPH_SIGN_CERT": "nowhere.pem"}, "IPH_SIGN_CERT: nowhere.pem cannot be read"),
        ({"IPH_SIGN_ALGORITHM": "md5"}, "choose one of es256"),
        ({"IPH_SIGN_ALGORITHM": "ps256"}, "cannot be signed"),
    ],
)
def test_half_and_wrong_settings_are_said(signing, photo, monkeypatch, settings, words):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=words):
        write(photo)


def test_a_wrong_key_is_said(signing, photo, tmp_path, monkeypatch):
    (tmp_path / "key.pem").write_text("no key")
    monkeypatch.setenv("IPH_SIGN_KEY", str(tmp_path / "key.pem"))
    with pytest.raises(InputError, match="cannot be signed"):
        write(photo)


def test_without_the_package_it_says_what_to_install(signing, photo, monkeypatch):
    monkeypatch.setitem(sys.modules, "c2pa", None)
    with pytest.raises(InputError, match=r"requirements-extras\.txt"):
        write(photo)


def test_the_content_id_is_that_of_the_file(photo):
    assert photo.content_id == hashlib.sha256(photo.path.read_bytes()).hexdigest()
