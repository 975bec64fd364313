"""What leaves is signed, says what was done with it, and any other reader of C2PA finds the seal whole."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from c2pa import Context, Reader, Settings
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from chorus.errors import Unavailable
from chorus.platform.config import ConfigError, load
from chorus.publishing.adapters.content_signer import PURPOSES, ContentSigner
from chorus.publishing.adapters.credentials import DEVELOPMENT, Credentials, development
from chorus.publishing.app import PublishingSettings
from chorus.publishing.domain.packet import packet
from chorus.publishing.domain.shown import Copy
from chorus.publishing.domain.stamp import stamp
from tests.unit.publishing.test_stamp import FILES, LABELS, MADE_BY_AI, each_file

SECRET = "kFq3v9Zs0LwXy7Pb2Tn5RdJh8Gc4Ma1E"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
NAME = "Lumen Lamps (invented)"


@pytest.fixture(scope="module")
def signer() -> ContentSigner:
    return ContentSigner(lambda: development(SECRET))


def signed(signer: ContentSigner, content_type: str, data: bytes, source_type: str = "") -> bytes:
    copy = Copy("private/a", "m1-1080.jpg", content_type, source_type=source_type)
    return signer.sign(stamp(data, content_type, packet(LABELS, source_type)), copy, LABELS)


def read(content_type: str, data: bytes, **settings: Any) -> dict[str, Any]:  # noqa: ANN401 -- the reader's JSON
    with Reader(content_type, io.BytesIO(data), context=Context(Settings.from_dict(settings))) as reader:
        said: dict[str, Any] = json.loads(reader.json())
    return said


def active(said: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = said["manifests"][said["active_manifest"]]
    return found


def assertions(said: dict[str, Any]) -> dict[str, Any]:
    return {each["label"]: each["data"] for each in active(said)["assertions"]}


@each_file
def test_the_seal_is_valid_and_the_signer_is_not_called_trusted(
    signer: ContentSigner, content_type: str, data: bytes
) -> None:
    said = read(content_type, signed(signer, content_type, data))
    assert said["validation_state"] == "Valid"
    assert [each["code"] for each in said["validation_status"]] == ["signingCredential.untrusted"]
    assert active(said)["signature_info"]["issuer"] == DEVELOPMENT


@each_file
def test_the_pixels_and_the_packet_stay_as_they_were(signer: ContentSigner, content_type: str, data: bytes) -> None:
    after = signed(signer, content_type, data)
    assert packet(LABELS) in after
    assert Image.open(io.BytesIO(after)).tobytes() == Image.open(io.BytesIO(data)).tobytes()


def test_it_says_what_was_done_who_made_it_and_what_nobody_may_do(signer: ContentSigner) -> None:
    content_type, data = FILES["jpeg"]
    said = assertions(read(content_type, signed(signer, content_type, data)))
    actions = [each["action"] for each in said["c2pa.actions.v2"]["actions"]]
    assert actions == ["c2pa.opened", "c2pa.transcoded", "c2pa.edited.metadata", "c2pa.published"]
    uses = {name.removeprefix("cawg."): each["use"] for name, each in said["cawg.training-mining"]["entries"].items()}
    kinds = ("ai_generative_training", "ai_inference", "ai_training", "data_mining")
    assert uses == dict.fromkeys(kinds, "notAllowed")
    assert said["cawg.metadata"]["dc:rights"] == LABELS.copyright_notice
    assert said["cawg.metadata"]["xmpRights:UsageTerms"] == LABELS.usage_terms
    assert said["cawg.metadata"]["plus:Licensor"][0]["plus:LicensorURL"] == LABELS.licensor_url


def test_that_artificial_intelligence_made_it_is_signed_too(signer: ContentSigner) -> None:
    content_type, data = FILES["webp"]
    said = read(content_type, signed(signer, content_type, data, MADE_BY_AI))
    assert said["validation_state"] == "Valid"
    opened = assertions(said)["c2pa.actions.v2"]["actions"][0]
    assert opened["digitalSourceType"].endswith(f"/{MADE_BY_AI}")


@each_file
def test_changing_a_byte_of_the_words_or_of_the_picture_breaks_the_seal(
    signer: ContentSigner, content_type: str, data: bytes
) -> None:
    whole = signed(signer, content_type, data)
    for place in (whole.index(b"Granted for"), whole.index(data[-40:])):
        broken = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        assert read(content_type, broken)["validation_state"] == "Invalid"


def test_many_threads_may_sign_at_a_time(signer: ContentSigner) -> None:
    work = list(FILES.values()) * 5
    with ThreadPoolExecutor(8) as pool:
        files = list(pool.map(lambda each: signed(signer, *each), work))
    states = {read(kind, file)["validation_state"] for (kind, _), file in zip(work, files, strict=True)}
    assert states == {"Valid"}


def test_the_development_key_follows_from_the_secret_alone() -> None:
    assert development(SECRET) == development(SECRET)
    assert development(SECRET).key != development(SECRET[::-1]).key


# Keys by configuration


def issued(
    key: Key, *, expired: bool = False, purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION
) -> tuple[Credentials, str]:
    """Make a root and a certificate of it for this key; answers them, and the root as PEM."""
    now, root = datetime.now(UTC), ec.generate_private_key(ec.SECP256R1())
    until = now - timedelta(days=1) if expired else now + timedelta(days=60)
    pems = []
    for subject, public in ((NAME, key.public_key()), ("A root", root.public_key())):
        ca = subject == "A root"
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "A root")]))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=9))
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
            .add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
            .sign(root, hashes.SHA256())
        )
        pems.append(made.public_bytes(Encoding.PEM).decode())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Credentials("".join(pems), private), pems[1]


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-256", "P-384", "RSA"],
)
def test_a_given_key_signs_and_whoever_trusts_its_root_trusts_the_picture(key: Key) -> None:
    credentials, root = issued(key)
    assert credentials.problem() == ""
    content_type, data = FILES["jpeg"]
    made = signed(ContentSigner(lambda: credentials), content_type, data)
    assert read(content_type, made)["validation_state"] == "Valid"
    said = read(content_type, made, trust={"trust_anchors": root})
    assert said["validation_state"] == "Trusted"
    assert active(said)["signature_info"]["issuer"] == NAME


@pytest.mark.parametrize("purpose", PURPOSES.split())
def test_a_certificate_of_each_purpose_that_c2pa_knows_signs(purpose: str) -> None:
    credentials, root = issued(ec.generate_private_key(ec.SECP256R1()), purpose=x509.ObjectIdentifier(purpose))
    content_type, data = FILES["jpeg"]
    made = signed(ContentSigner(lambda: credentials), content_type, data)
    said = read(content_type, made, trust={"trust_anchors": root, "trust_config": PURPOSES})
    assert said["validation_state"] == "Trusted"


def test_a_certificate_that_has_ended_signs_nothing_and_whoever_asks_is_told_to_come_back() -> None:
    credentials, _ = issued(ec.generate_private_key(ec.SECP256R1()), expired=True)
    with pytest.raises(Unavailable) as error:
        signed(ContentSigner(lambda: credentials), *FILES["jpeg"])
    assert error.value.reason == "CANNOT_SIGN"


ENVIRONMENT = {
    "CHORUS_SECRET_KEY": SECRET,
    "CHORUS_PUBLIC_URL": "https://stories.example",
    "CHORUS_CONSOLE_URL": "https://console.example",
    "CHORUS_DATABASE_URL": "postgresql://db/publishing",
    "CHORUS_EVENTS_URL": "kafka://kafka:9092",
    "CHORUS_MEDIA_URL": "file:///private",
    "CHORUS_PUBLIC_MEDIA_URL": "file:///public",
    "CHORUS_RIGHTS_ADDRESS": "rights:9090",
}


def test_credentials_are_read_from_the_files_that_the_environment_names(tmp_path: Path) -> None:
    given, _ = issued(ec.generate_private_key(ec.SECP256R1()))
    (tmp_path / "key").write_text(given.key)
    (tmp_path / "chain").write_text(given.chain)
    files = {"CHORUS_C2PA_KEY_FILE": str(tmp_path / "key"), "CHORUS_C2PA_CERTIFICATES_FILE": str(tmp_path / "chain")}
    read_back = load(PublishingSettings, ENVIRONMENT | files).credentials()
    assert read_back
    assert (read_back.chain, read_back.key) == (given.chain.strip(), given.key.strip())
    assert read_back.problem() == ""
    assert load(PublishingSettings, ENVIRONMENT).credentials() is None


@pytest.mark.parametrize("wrong", ["no chain", "no key", "another key", "nonsense for a chain", "nonsense for a key"])
def test_what_could_sign_nothing_is_refused_at_the_start_without_repeating_it(wrong: str) -> None:
    given, other = (issued(ec.generate_private_key(ec.SECP256R1()))[0] for _ in range(2))
    keys = {"no key": "", "another key": other.key, "nonsense for a key": "-----BEGIN NOTHING-----"}
    chains = {"no chain": "", "nonsense for a chain": "-----BEGIN NOTHING-----"}
    with pytest.raises(ConfigError) as error:
        load(
            PublishingSettings,
            ENVIRONMENT
            | {
                "CHORUS_C2PA_KEY": keys.get(wrong, given.key),
                "CHORUS_C2PA_CERTIFICATES": chains.get(wrong, given.chain),
            },
        )
    assert set(error.value.problems) == {"CHORUS_C2PA_CERTIFICATES"}
    assert "BEGIN" not in str(error.value)


def test_who_only_reads_never_loads_the_library() -> None:
    code = "import sys, chorus.publishing.app; print([n for n in ('c2pa', 'cryptography') if n in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert said.stdout.strip() == "[]"
