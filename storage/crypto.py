"""Encryption at rest: a key per ticket, wrapped by the master key (AES-256-GCM), and keyed hashes to search by."""

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12


class KeyProblem(Exception):
    """The master key is missing, unreadable, or not the one the store was made with."""


def seal(key: bytes, text: bytes, *, bound_to: str) -> bytes:
    """Encrypt; the result opens only with the same `bound_to`, so a sealed value cannot be moved elsewhere."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text, bound_to.encode())


def unseal(key: bytes, sealed: bytes, *, bound_to: str) -> bytes:
    """Decrypt what `seal` made. Raises KeyProblem if the key, the place or the bytes are not the same."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError):  # the latter where less than a nonce is left
        raise KeyProblem(
            f"cannot decrypt ({bound_to.partition(':')[0]}): it was changed, or the key is another one"
        ) from None


@dataclass(frozen=True)
class MasterKey:
    """The one secret of the store; every other key is wrapped by it or derived from it."""

    secret: bytes

    def __repr__(self) -> str:
        return "MasterKey(…)"

    @classmethod
    def generate(cls) -> "MasterKey":
        """Make a new random key."""
        return cls(os.urandom(KEY_BYTES))

    @classmethod
    def read(cls, path: Path) -> "MasterKey":
        """Read a key file. Raises KeyProblem that names the file and the remedy."""
        try:
            secret = base64.b64decode(path.read_text().strip(), validate=True)
        except FileNotFoundError:
            raise KeyProblem(f"{path} does not exist: run `rightsdesk init`, or restore it from your backup") from None
        except OSError as error:
            raise KeyProblem(f"{path} cannot be read: {error.strerror}") from None
        except (binascii.Error, ValueError):
            secret = b""
        if len(secret) != KEY_BYTES:
            raise KeyProblem(f"{path} is not a key file: it should hold {KEY_BYTES} bytes in base64")
        if path.stat().st_mode & 0o077:
            raise KeyProblem(f"{path} can be read by others: run `chmod 600 {path}`")
        return cls(secret)

    def write(self, path: Path) -> None:
        """Write a key file with mode 0600. Raises FileExistsError rather than replace one."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(base64.b64encode(self.secret).decode() + "\n")

    def derive(self, purpose: str) -> bytes:
        """Return the key for one purpose (HKDF, RFC 5869)."""
        return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(self.secret)


class Keyring:
    """Wraps ticket keys, and hashes what is to be found again without being readable."""

    def __init__(self, master: MasterKey) -> None:
        self._wrap = master.derive("rightsdesk wrap 1")
        self._lookup = master.derive("rightsdesk lookup 1")
        self.journal = master.derive("rightsdesk journal 1")

    def new_key(self, key_id: str) -> tuple[bytes, bytes]:
        """Return a new key and its wrapped form."""
        key = os.urandom(KEY_BYTES)
        return key, seal(self._wrap, key, bound_to=f"key:{key_id}")

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Return a key from its wrapped form. Raises KeyProblem under another master key."""
        return unseal(self._wrap, wrapped, bound_to=f"key:{key_id}")

    def lookup(self, kind: str, value: str) -> str:
        """Return the keyed hash of a value, 64 hex digits; equal values of one kind give equal hashes."""
        return hmac.new(self._lookup, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()
