"""Encryption at rest: another key, another place or a changed byte opens nothing, and no secret is ever shown."""

import base64
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.crypto import KEY_BYTES, KeyProblem, Keyring, MasterKey, seal, unseal

KEY = b"k" * KEY_BYTES
PLACE = "ticket:0123"


@given(st.binary(max_size=2_000), st.text(max_size=40))
def test_what_is_sealed_opens_again(text: bytes, place: str) -> None:
    sealed = seal(KEY, text, bound_to=place)
    assert unseal(KEY, sealed, bound_to=place) == text
    assert sealed != seal(KEY, text, bound_to=place)


SEALED = seal(KEY, b"anna@customer.example", bound_to=PLACE)


@pytest.mark.parametrize(
    ("key", "sealed", "place"),
    [
        (b"x" * KEY_BYTES, SEALED, PLACE),
        (KEY, SEALED, "ticket:0124"),
        (KEY, SEALED, "request:0123"),
        (KEY, SEALED[:-1] + bytes([SEALED[-1] ^ 1]), PLACE),
        (KEY, bytes([SEALED[0] ^ 1]) + SEALED[1:], PLACE),
        (KEY, SEALED[:-1], PLACE),
        (KEY, SEALED[:20], PLACE),
        (KEY, SEALED[:5], PLACE),
        (KEY, b"", PLACE),
    ],
    ids=["key", "ticket", "kind", "last byte", "first byte", "cut", "cut in the text", "cut in the nonce", "empty"],
)
def test_nothing_else_opens(key: bytes, sealed: bytes, place: str) -> None:
    with pytest.raises(KeyProblem, match=re.escape(f"cannot decrypt ({place.partition(':')[0]})")) as problem:
        unseal(key, sealed, bound_to=place)
    assert "0123" not in str(problem.value)


def test_a_key_file_is_written_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "rightsdesk.key"
    master = MasterKey.generate()
    master.write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert MasterKey.read(path) == master
    with pytest.raises(FileExistsError):
        MasterKey.generate().write(path)
    assert MasterKey.read(path) == master


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        (base64.b64encode(KEY), 0o640, r"can be read by others: run `chmod 600 "),
        (base64.b64encode(KEY), 0o604, r"can be read by others"),
        (base64.b64encode(KEY[:-1]), 0o600, r"is not a key file: it should hold 32 bytes in base64"),
        (b"not base64!", 0o600, r"is not a key file"),
        (b"\xff\xfe\x00", 0o600, r"is not a key file"),
        (b"", 0o600, r"is not a key file"),
    ],
)
def test_a_bad_key_file_is_named_with_the_remedy(tmp_path: Path, content: bytes, mode: int, says: str) -> None:
    path = tmp_path / "some.key"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(KeyProblem, match=rf"^{re.escape(str(path))} {says}") as problem:
        MasterKey.read(path)
    assert base64.b64encode(KEY).decode() not in str(problem.value)


def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyProblem, match=r"does not exist: run `rightsdesk init`, or restore it from your backup"):
        MasterKey.read(tmp_path / "none.key")
    with pytest.raises(KeyProblem, match=r"cannot be read: Is a directory"):
        MasterKey.read(tmp_path)


def test_a_key_never_shows() -> None:
    master = MasterKey(KEY)
    shown = f"{master!r} {master} {[master]} {Keyring(master)!r}"
    assert str(KEY) not in shown
    assert "kkkk" not in shown


def test_keys_for_different_purposes_differ() -> None:
    master = MasterKey(KEY)
    keys = {master.derive(purpose) for purpose in ("a", "b", "")} | {KEY}
    assert len(keys) == 4
    assert master.derive("a") == MasterKey(KEY).derive("a") != MasterKey(b"x" * KEY_BYTES).derive("a")


def test_a_ticket_key_unwraps_under_its_id_and_master_key_only() -> None:
    ring = Keyring(MasterKey(KEY))
    key, wrapped = ring.new_key("1")
    assert key not in wrapped
    assert ring.unwrap("1", wrapped) == key
    for other, key_id in ((ring, "2"), (Keyring(MasterKey.generate()), "1")):
        with pytest.raises(KeyProblem, match=r"cannot decrypt \(key\)"):
            other.unwrap(key_id, wrapped)


def test_a_lookup_finds_equal_values_of_one_kind() -> None:
    ring = Keyring(MasterKey(KEY))
    found = ring.lookup("address", "anna@customer.example")
    assert re.fullmatch("[0-9a-f]{64}", found)
    assert found == Keyring(MasterKey(KEY)).lookup("address", "anna@customer.example")
    others = [
        ring.lookup("address", "joanna@customer.example"),
        ring.lookup("link", "anna@customer.example"),
        Keyring(MasterKey.generate()).lookup("address", "anna@customer.example"),
        ring.lookup("addres", "sanna@customer.example"),
    ]
    assert len({found, *others}) == 5
