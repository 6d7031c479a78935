"""Sources that run themselves are held against their manifest, whatever octet is another one."""

from hashlib import sha256

import pytest

from firmware.software import ALTERED, FILES, GOOD
from picometer.build.files_source import FilesSource
from tests_host.pure.memory import Memory
from tests_host.pure.software_bench import Bench

ALL_GOOD = [GOOD] * 4
MANIFEST_BAD = [ALTERED] * 4
TREE = (
    (0, "lib/a/one.py", b"a" * 3000),
    (0, "lib/a/two.py", b""),
    (1, "firmware/three.py", bytes(range(256)) * 5),
    (1, "main.py", b"x"),
)


class Tree:
    """Files in a folder, with their manifest."""

    def __init__(self, folder):
        self.folder = folder
        lines = [b"picometer 1\n"]
        for part in range(3):
            total = sha256()
            for of, path, octets in TREE:
                if of == part:
                    total.update(path.encode() + b"\n" + octets)
            lines.append(b"%d 1.%d %s\n" % (part, part, total.hexdigest().encode()))
        for part, path, octets in TREE:
            self.write(path, octets)
            lines.append(b"%d %s\n" % (part, path.encode()))
        text = b"".join(lines)
        self.manifest = text + sha256(text).hexdigest().encode() + b"\n"
        self.write("software.txt", self.manifest)
        self.bench = Bench(FilesSource(folder, folder / "software.txt"), Memory(256), FILES)

    def write(self, path, octets):
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(octets)

    def look(self):
        return self.bench.look()


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


def test_files_as_they_were_built_are_good(tree):
    assert tree.look() == ALL_GOOD
    assert tree.bench.faults.word == 0


def test_any_octet_of_any_file_that_is_another_one_is_found(tree):
    for part, path, octets in TREE:
        for at in range(0, len(octets), 509):
            tree.write(path, octets[:at] + bytes((octets[at] ^ 0x80,)) + octets[at + 1 :])
            wanted = [GOOD] * 4
            wanted[1 + part] = ALTERED
            assert tree.look() == wanted, (path, at)
        tree.write(path, octets)
        assert tree.look() == ALL_GOOD, path


def test_a_file_that_grew_shrank_or_went_is_found(tree):
    for part, path, octets in TREE:
        wanted = [GOOD] * 4
        wanted[1 + part] = ALTERED
        tree.write(path, octets + b"\0")
        assert tree.look() == wanted, path
        if octets:
            tree.write(path, octets[:-1])
            assert tree.look() == wanted, path
            (tree.folder / path).unlink()
            assert tree.look() == wanted, path
        tree.write(path, octets)
        assert tree.look() == ALL_GOOD, path


def test_any_octet_of_the_manifest_of_files_counts(tree):
    for at in range(len(tree.manifest)):
        for bit in (1, 0x20):
            octet = bytes((tree.manifest[at] ^ bit,))
            tree.write("software.txt", tree.manifest[:at] + octet + tree.manifest[at + 1 :])
            assert tree.look()[0] == ALTERED, at
    for text in (b"", b"\n", tree.manifest[:-1], tree.manifest + b"\n", tree.manifest[70:]):
        tree.write("software.txt", text)
        assert tree.look() == MANIFEST_BAD, text
    (tree.folder / "software.txt").unlink()
    assert tree.look() == MANIFEST_BAD
    tree.write("software.txt", tree.manifest)
    assert tree.look() == ALL_GOOD
