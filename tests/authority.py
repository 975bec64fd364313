"""A time-stamping authority of its own: OpenSSL answers, behind a small HTTP server, certified by a throw-away CA.

It shares nothing with the library that Chorus asks and checks by.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_PEM = serialization.Encoding.PEM
_CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = {digests}
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
_DAY = timedelta(days=1)
Answer = tuple[int, Iterable[bytes]]
"""A status, and the parts of a body."""


class TimeStamps:
    """Makes time stamps, in a folder of its own."""

    def __init__(self, folder: Path, *, ends_in: timedelta = _DAY, digests: str = "sha256") -> None:
        """Have a CA certify an authority, whose certificate ends so much later, and which takes these hashes."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        (folder / "config").write_text(_CONFIG.format(folder=folder, digests=digests))
        (folder / "serial").write_text("01")
        ca, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        root = (
            _certificate("Throw-away CA", ca.public_key(), now + _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(ca, hashes.SHA256())
        )
        leaf = (
            _certificate("Throw-away authority", key.public_key(), now + ends_in)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.public_key()), critical=False)
            .sign(ca, hashes.SHA256())
        )
        private = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / "key").write_bytes(private)
        (folder / "certificate").write_bytes(leaf.public_bytes(_PEM))
        self.root = folder / "root.pem"
        self.root.write_bytes(root.public_bytes(_PEM))

    @property
    def roots(self) -> list[x509.Certificate]:
        return x509.load_pem_x509_certificates(self.root.read_bytes())

    def answer(self, question: bytes) -> bytes:
        """Answer a TimeStampReq."""
        asked, said = self._folder / "asked", self._folder / "said"
        asked.write_bytes(question)
        self._openssl("-reply", "-queryfile", asked, "-signer", "certificate", "-inkey", "key", "-out", said)
        return said.read_bytes()

    def of(self, text: str) -> bytes:
        """Stamp a text that OpenSSL itself asks about."""
        data, asked = self._folder / "data", self._folder / "question"
        data.write_text(text, encoding="utf-8")
        self._openssl("-query", "-data", data, "-sha256", "-cert", "-out", asked)
        return self.answer(asked.read_bytes())

    def vouches_for(self, response: bytes, text: str) -> bool:
        """Have OpenSSL check a response."""
        data, said = self._folder / "data", self._folder / "response"
        data.write_text(text, encoding="utf-8")
        said.write_bytes(response)
        words: list[str | Path] = ["openssl", "ts", "-verify", "-data", data, "-in", said, "-CAfile", self.root]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    def _openssl(self, what: str, *words: str | Path) -> None:
        config = [] if what == "-query" else ["-config", "config"]
        command: list[str | Path] = ["openssl", "ts", what, *config, *words]
        subprocess.run(command, cwd=self._folder, check=True, capture_output=True)


def _certificate(name: str, key: ec.EllipticCurvePublicKey, until: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Throw-away CA")]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - 10 * _DAY)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


class Serving:
    """An authority at an address; a test says how it answers."""

    def __init__(self, answers: Callable[[bytes], Answer]) -> None:
        self.answers = answers
        self.asked: list[bytes] = []
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                question = self.rfile.read(int(self.headers["content-length"]))
                assert self.headers["content-type"] == "application/timestamp-query"
                served.asked.append(question)
                status, body = served.answers(question)
                self.send_response(status)
                self.send_header("content-type", "application/timestamp-reply")
                self.send_header("location", "/elsewhere")
                self.end_headers()
                with suppress(ConnectionError):
                    for part in body:
                        self.wfile.write(part)
                        self.wfile.flush()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/tsa"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
