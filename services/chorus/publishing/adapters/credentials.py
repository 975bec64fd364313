"""The key that signs what leaves, and the certificates that say whose it is.

An installation that was given none makes its own, of its secret: so every replica and every restored copy has the
same. Such a chain leads to nobody whom a viewer knows, and says so in its names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from chorus.platform.config import Settings
from chorus.platform.secrets import derive

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

DEVELOPMENT: Final = "Chorus development key, not trusted"
# Fixed, as everything in these certificates: what is made anew at each start has to be the same.
_SINCE, _UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2056, 1, 1, tzinfo=UTC)
# "E-mail protection": of the purposes that C2PA takes, what most certificates of its signers have.
_PURPOSE: Final = "1.3.6.1.5.5.7.3.4"
_CURVES: Final = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


@dataclass(frozen=True)
class Credentials:
    """A private key and its chain of certificates, the key's own first, both as PEM.

    `timestamps` is the address of an RFC 3161 authority, empty for none.
    """

    chain: str
    key: str
    timestamps: str = ""

    def problem(self) -> str:
        """Say what keeps these from signing, in a sentence without the key; empty where nothing does."""
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            leaf = x509.load_pem_x509_certificates(self.chain.encode())[0]
        except ValueError:
            return "is no chain of certificates as PEM"
        try:
            key = load_pem_private_key(self.key.encode(), None)
        except (ValueError, TypeError):
            return "has no private key beside it that can be read: PEM, without a password"
        if leaf.public_key() != key.public_key():
            return "does not begin with the certificate of the private key"
        return "" if self.algorithm else "has a key of a kind that C2PA does not know"

    @cached_property
    def algorithm(self) -> str:
        """Name what the key signs by, as C2PA does; empty where it does not know any."""
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

        match self._leaf.public_key():
            case ed25519.Ed25519PublicKey():
                return "ed25519"
            case ec.EllipticCurvePublicKey() as key:
                return _CURVES.get(key.curve.name, "")
            case rsa.RSAPublicKey():
                return "ps256"
        return ""

    @property
    def until(self) -> datetime:
        """Answer when the signing certificate ends."""
        return self._leaf.not_valid_after_utc

    @property
    def name(self) -> str:
        """Answer whom the signing certificate names, as RFC 4514 writes it."""
        return self._leaf.subject.rfc4514_string()

    @cached_property
    def _leaf(self) -> x509.Certificate:
        # Loaded when there is something to sign: it brings an OpenSSL of its own.
        from cryptography import x509

        return x509.load_pem_x509_certificates(self.chain.encode())[0]


class SigningSettings(Settings):
    """What signs pictures: a key and its certificates as PEM, the key's own first; without them a development key does.

    `c2pa_tsa` is the address of an RFC 3161 time-stamping authority, the only one that signing ever calls.
    """

    c2pa_key: str = ""
    c2pa_certificates: str = Field(default="", validate_default=True)
    c2pa_tsa: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""

    @field_validator("c2pa_certificates")
    @classmethod
    def _fit(cls, certificates: str, info: ValidationInfo) -> str:
        """Refuse certificates that nothing could be signed with. Nothing is looked at where none are given."""
        key = str(info.data.get("c2pa_key", ""))
        if (key or certificates) and (problem := Credentials(certificates, key).problem()):
            raise PydanticCustomError("credentials", "{problem}", {"problem": problem})
        return certificates

    def credentials(self) -> Credentials | None:
        """Answer what was given; None where nothing was."""
        return Credentials(self.c2pa_certificates, self.c2pa_key, self.c2pa_tsa) if self.c2pa_key else None


def development(secret: str) -> Credentials:
    """Make a key of an installation's secret, certified by another one of the same."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    root = Ed25519PrivateKey.from_private_bytes(derive(secret, "content-credentials-root"))
    leaf = Ed25519PrivateKey.from_private_bytes(derive(secret, "content-credentials"))
    pem = serialization.Encoding.PEM
    key = leaf.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Credentials(_certificate(leaf, root).public_bytes(pem).decode(), key.decode())


def _certificate(leaf: Ed25519PrivateKey, root: Ed25519PrivateKey) -> x509.Certificate:
    """Certify a key to sign, in the profile that C2PA asks for."""
    from cryptography import x509

    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(_name("signer"))
        .issuer_name(_name("root"))
        .public_key(leaf.public_key())
        .serial_number(1)
        .not_valid_before(_SINCE)
        .not_valid_after(_UNTIL)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(_PURPOSE)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(leaf.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        .sign(root, None)
    )


def _name(role: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEVELOPMENT), x509.NameAttribute(NameOID.COMMON_NAME, role)]
    )
