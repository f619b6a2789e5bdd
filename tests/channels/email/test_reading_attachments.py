"""Files that come with mail: safe names, honest types, wrapped mail opened, and nothing thrown away."""

from __future__ import annotations

import base64
import struct
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from tests.channels.email.mails import HEAD, multipart_mail, part, reading

from intakebot.channels.files import safe_name
from intakebot.domain.message import Attachment

WORDS = part("There is damp.", "Content-Type: text/plain; charset=utf-8")


def attached(*headers: str | bytes, body: bytes = b"%PDF-1.4 x") -> Attachment:
    """The one attachment of a mail whose second part has these header lines."""
    lines = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in headers)
    (file,) = reading(multipart_mail(WORDS, lines + b"\n" + body)).attachments
    return file


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("filename*=utf-8''Zo%C3%AB%20%E2%80%93%20wall.pdf", "Zoë – wall.pdf"),
        ('filename*0="a very long "; filename*1="name.pdf"', "a very long name.pdf"),
        ("filename*1*=%AB.pdf; filename*0*=utf-8''Zo%C3", "Zoë.pdf"),
        ("filename*0*=iso-8859-1''caf%E9; filename*1=\".pdf\"", "café.pdf"),
        ('filename="=?utf-8?q?Zo=C3=AB.pdf?="', "Zoë.pdf"),
        ('filename="Zoë.pdf"', "Zoë.pdf"),
        ("filename=no quotes.pdf", "no quotes.pdf"),
        ('filename="unclosed.pdf', "unclosed.pdf"),
        ('filename="semi;colon.pdf"', "semi;colon.pdf"),
        (r'filename="quo\"ted.pdf"', "quo_ted.pdf"),
        ("filename*=no-such-set''caf%E9.pdf", "café.pdf"),
        ("filename*=%ZZbroken.pdf", "%ZZbroken.pdf"),
    ],
)
def test_names_rfc_2231_continued_encoded_and_raw(header: str, expected: str) -> None:
    assert attached("Content-Type: application/pdf", f"Content-Disposition: attachment; {header}").filename == expected


def test_the_old_name_parameter_is_read_too_with_raw_bytes_and_encoded_words() -> None:
    assert attached('Content-Type: application/pdf; name="café.pdf"'.encode("cp1252")).filename == "café.pdf"
    assert attached('Content-Type: application/pdf; name="=?iso-8859-1?Q?caf=E9.pdf?="').filename == "café.pdf"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("/etc/passwd", "passwd"),
        ("C:\\photo.jpg", "photo.jpg"),
        ("..", "attachment-3.jpg"),
        ("", "attachment-3.jpg"),
        ("...", "attachment-3.jpg"),
        ("folder/", "attachment-3.jpg"),
        (".htaccess", "htaccess"),
        ("a\x00b\r\nSet-Cookie: x.jpg", "a b Set-Cookie_ x.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ('a<b>"c|d?.jpg', "a_b__c_d_.jpg"),
        ("name. . .", "name"),
    ],
)
def test_attachment_names_are_harmless(name: str, expected: str) -> None:
    assert safe_name(name, "image/jpeg", 3) == expected


def test_an_attachment_called_etc_passwd_is_only_a_word() -> None:
    file = attached("Content-Type: application/pdf", 'Content-Disposition: attachment; filename="../../etc/passwd"')
    assert file.filename == "passwd"


def test_long_names_are_cut_and_keep_their_extension() -> None:
    name = safe_name("a" * 500 + ".jpeg", "image/jpeg", 1)
    assert len(name) == 150 and name.endswith("a.jpeg")


@given(st.text(max_size=300), st.sampled_from(["image/jpeg", "application/x-nothing", "", "text/plain"]))
def test_any_name_becomes_a_safe_one(name: str, kind: str) -> None:
    safe = safe_name(name, kind, 1)
    assert 0 < len(safe) <= 160 and not any(unicodedata.category(one) == "Cc" for one in safe)
    assert not set(safe) & set('/\\:*?"<>|') and safe[0] not in ". " and safe == safe.strip()


@pytest.mark.parametrize(
    ("declared", "name", "body", "expected"),
    [
        ("application/octet-stream", "x", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", "image/jpeg"),
        ("application/octet-stream", "x.bin", b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        ("application/octet-stream", "x.ics", b"", "text/calendar"),
        ("application/octet-stream", "x", b"\x01\x02 nothing known", "application/octet-stream"),
        ("image/png", "x.png", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", "image/png"),
    ],
)
def test_the_declared_type_stands_unless_it_only_says_some_bytes(
    declared: str, name: str, body: bytes, expected: str
) -> None:
    file = attached(f"Content-Type: {declared}; name={name}", "Content-Disposition: attachment", body=body)
    assert file.content_type == expected


def test_inline_images_are_kept_with_their_content_id() -> None:
    mail = multipart_mail(
        part('<p>See <img src="cid:i1"></p>', "Content-Type: text/html"),
        part(b"\x89PNG", "Content-Type: image/png", "Content-ID: <i1>", "Content-Disposition: inline; filename=a.png"),
        kind="related",
    )
    (file,) = reading(mail).attachments
    assert (file.inline, file.content_id, file.filename) == (True, "i1", "a.png")


def test_winmail_dat_is_kept_opened_and_named_to_staff() -> None:
    def attribute(kind: int, value: bytes) -> bytes:
        return b"\x01" + struct.pack("<II", kind, len(value)) + value + b"\x00\x00"

    tnef = struct.pack("<IH", 0x223E9F78, 1)
    tnef += attribute(0x0002800C, b"The ceiling leaks.\x00") + attribute(0x00069002, b"\x00" * 14)
    tnef += attribute(0x00018010, b"wall.jpg\x00") + attribute(0x0006800F, b"\xff\xd8\xff\xe0")
    winmail = part(
        base64.encodebytes(tnef),
        "Content-Type: application/ms-tnef; name=winmail.dat",
        "Content-Transfer-Encoding: base64",
    )
    message = reading(multipart_mail(winmail))
    assert message.text.strip() == "The ceiling leaks."
    assert [(file.filename, file.content) for file in message.attachments] == [
        ("winmail.dat", tnef),
        ("wall.jpg", b"\xff\xd8\xff\xe0"),
    ]
    assert any("Outlook" in note for note in message.notes)


@given(st.binary(max_size=200))
def test_a_broken_winmail_dat_is_only_a_file(rubbish: bytes) -> None:
    body = struct.pack("<IH", 0x223E9F78, 1) + rubbish
    mail = multipart_mail(WORDS, part(body, "Content-Type: application/ms-tnef"))
    assert reading(mail).attachments[0].content_type == "application/ms-tnef"


@pytest.fixture(scope="module")
def signer() -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """A made-up tenant's certificate and key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Jane")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def smime_mail(kind: str, der: bytes) -> bytes:
    """A mail that is one application/pkcs7-mime body."""
    head = f'{HEAD}Content-Type: application/pkcs7-mime; smime-type={kind}; name="smime.p7m"\n'
    return f"{head}Content-Transfer-Encoding: base64\n\n".encode() + base64.encodebytes(der)


def test_the_words_inside_an_opaque_smime_signature_are_read(
    signer: tuple[x509.Certificate, rsa.RSAPrivateKey],
) -> None:
    inside = multipart_mail(WORDS, part(b"%PDF-1", "Content-Type: application/pdf; name=a.pdf"), head="")

    def signed(content: bytes) -> bytes:
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(*signer, hashes.SHA256())
        return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])

    assert reading(smime_mail("signed-data", signed(WORDS))).text == "There is damp."
    message = reading(smime_mail("signed-data", signed(inside)))
    assert message.text.strip() == "There is damp."
    assert [file.filename for file in message.attachments] == ["smime.p7m", "a.pdf"]
    assert any("not checked" in note for note in message.notes)


def test_an_encrypted_smime_message_says_that_it_is(signer: tuple[x509.Certificate, rsa.RSAPrivateKey]) -> None:
    der = (
        pkcs7.PKCS7EnvelopeBuilder()
        .set_data(b"secret")
        .add_recipient(signer[0])
        .encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    )
    message = reading(smime_mail("enveloped-data", der))
    assert "encrypted and cannot be read" in message.new_text
    assert message.attachments[0].filename == "smime.p7m"
    assert any("encrypted" in note for note in message.notes)


@given(st.binary(max_size=120))
def test_a_broken_smime_body_is_kept_as_a_file(rubbish: bytes) -> None:
    message = reading(smime_mail("signed-data", b"\x30\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x02" + rubbish))
    assert message.attachments[0].filename == "smime.p7m"


def test_a_clear_signed_message_is_read_and_its_signature_kept() -> None:
    signature = part(b"0\x80", "Content-Type: application/pkcs7-signature; name=smime.p7s")
    message = reading(multipart_mail(WORDS, signature, kind="signed", extra="; protocol=application/pkcs7-signature"))
    assert (message.text.strip(), message.attachments[0].filename) == ("There is damp.", "smime.p7s")


def test_a_pgp_encrypted_message_says_that_it_is_and_is_kept() -> None:
    message = reading(
        multipart_mail(
            part("Version: 1", "Content-Type: application/pgp-encrypted"),
            part("-----BEGIN PGP MESSAGE-----", "Content-Type: application/octet-stream; name=encrypted.asc"),
            kind="encrypted",
        )
    )
    assert "encrypted and cannot be read" in message.new_text
    assert [file.filename for file in message.attachments] == ["attachment-1.asc", "encrypted.asc"]
