"""The vault: encryption of personal numbers and of whole files that hold them, with the key outside the database.

AES-256-GCM with a random nonce; a keyed digest (HMAC-SHA-256) gives exact look-up without decryption. The key file lies in
the data folder with mode 0600 and must be in the backup: without it the numbers cannot be read again. From the same key comes
the one this archive signs with (Ed25519): who has compared its fingerprint once can tell later files of it from others'.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lindang.errors import ConfigError

KEY_FILE = "secret.key"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_FILE_ID_BYTES = 16
_PART_BYTES = 1024 * 1024


class Vault:
    """Seals and opens short texts and files under one master key."""

    def __init__(self, master: bytes) -> None:
        self._aead = AESGCM(self._derive(master, "seal"))
        self._digest_key = self._derive(master, "digest")
        self.session_key = self._derive(master, "session")
        self._signer = Ed25519PrivateKey.from_private_bytes(self._derive(master, "sign"))

    @staticmethod
    def _derive(master: bytes, purpose: str) -> bytes:
        return hmac.new(master, f"lindang/{purpose}/1".encode(), hashlib.sha256).digest()

    def seal(self, text: str) -> str:
        """Encrypt; the same text gives a different result each time."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._aead.encrypt(nonce, text.encode(), None)).decode()

    def open(self, sealed: str) -> str:
        """Decrypt. Raises ConfigError when the key is not the one that sealed it."""
        raw = base64.b64decode(sealed)
        try:
            return self._aead.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()
        except InvalidTag as error:
            raise ConfigError(
                f"密钥文件 {KEY_FILE} 与数据库不是一套，证件号码无法解密",
                remedy="请从同一份备份中恢复密钥文件。",
            ) from error

    def seal_file(self, source: IO[bytes], target: IO[bytes]) -> None:
        """Encrypt a file part by part; parts cannot be exchanged, left out or put into another file."""
        file_id = secrets.token_bytes(_FILE_ID_BYTES)
        target.write(file_id)
        number, part = 0, source.read(_PART_BYTES)
        while part or not number:
            following = source.read(_PART_BYTES)
            nonce = secrets.token_bytes(_NONCE_BYTES)
            target.write(nonce + self._aead.encrypt(nonce, part, _place(file_id, number, is_last=not following)))
            number, part = number + 1, following

    def open_file(self, source: IO[bytes]) -> Iterator[bytes]:
        """Decrypt a sealed file part by part. Raises ConfigError when the key is another one or the file is not whole."""
        file_id = source.read(_FILE_ID_BYTES)
        frame = _NONCE_BYTES + _PART_BYTES + _TAG_BYTES
        number, part = 0, source.read(frame)
        while part or not number:
            following = source.read(frame)
            place = _place(file_id, number, is_last=not following)
            try:
                yield self._aead.decrypt(part[:_NONCE_BYTES], part[_NONCE_BYTES:], place)
            except (InvalidTag, ValueError) as error:
                raise ConfigError(
                    f"加密文件损坏，或密钥文件 {KEY_FILE} 与它不是一套",
                    remedy="请从同一份备份中恢复文件和密钥文件。",
                ) from error
            number, part = number + 1, following

    def digest(self, text: str) -> str:
        """Return the keyed digest for exact look-up: 64 hexadecimal characters."""
        return hmac.new(self._digest_key, text.encode(), hashlib.sha256).hexdigest()

    @property
    def public_key(self) -> str:
        """The key by which others test this archive's signatures: 64 hexadecimal characters."""
        return self._signer.public_key().public_bytes_raw().hex()

    def sign(self, data: bytes) -> str:
        """Sign; the same data give the same signature: 128 hexadecimal characters."""
        return self._signer.sign(data).hex()


def is_signed_by(public_key: str, data: bytes, signature: str) -> bool:
    """Say whether the data were signed with the key; a key or signature that is none is a no."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public_key: str) -> str:
    """Return a key's fingerprint as two offices compare it on the telephone: eight groups of four characters."""
    digits = hashlib.sha256(public_key.encode()).hexdigest()[:32]
    return " ".join(digits[start : start + 4] for start in range(0, 32, 4))


def _place(file_id: bytes, number: int, *, is_last: bool) -> bytes:
    """Return what a part is bound to: its file, its place, whether the file ends with it."""
    return b"%s/%d/%d" % (file_id, number, is_last)


def load_vault(data_dir: Path) -> Vault:
    """Read the key file, or make one in a new archive. Raises ConfigError when others may read it."""
    path = data_dir / KEY_FILE
    if not path.exists():
        _create_key(path)
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"密钥文件 {path} 其他用户可读", remedy=f"请运行:chmod 600 {path}")
    return Vault(bytes.fromhex(path.read_text(encoding="ascii").strip()))


def _create_key(path: Path) -> None:
    """Write a new key durably; two processes that start together agree on the first one (link fails for the second)."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32))
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
