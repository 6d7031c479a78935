"""Sent to the board's prompt as it stands: the steps of a flashing that happen there.

Runs on MicroPython 1.23 and newer; is never imported on the host.
"""

import binascii
import gc
import hashlib
import os
import sys

_DIRECTORY = 0x4000


def walk(root, below=""):
    """The paths of all files under `root`, relative to it."""
    try:
        entries = list(os.ilistdir(root + "/" + below))
    except OSError:
        return
    for entry in entries:
        path = below + entry[0]
        if entry[1] == _DIRECTORY:
            yield from walk(root, path + "/")
        else:
            yield path


def digest(path):
    """SHA-256 of a file, in hexadecimal."""
    total = hashlib.sha256()
    buffer = bytearray(1024)
    view = memoryview(buffer)
    with open(path, "rb") as file:
        while True:
            count = file.readinto(buffer)
            if not count:
                return binascii.hexlify(total.digest()).decode()
            total.update(view[:count])


def sums(root):
    """Print `SHA-256 path` of every file under `root`."""
    for path in walk(root):
        print(digest(root + "/" + path), path)


def describe():
    """Print what the host wants to know first, one fact a line."""
    version = sys.implementation.version
    print(sys.implementation.name, version[0], version[1], version[2])
    print(getattr(sys.implementation, "_mpy", 0))
    print(getattr(sys.implementation, "_machine", sys.platform))


def space():
    """Print bytes in a block, and blocks that are free."""
    facts = os.statvfs("/")
    print(facts[0], facts[3])


def text_of(path):
    """Print a small file's text; nothing when there is none."""
    try:
        with open(path) as file:
            print(file.read().strip())
    except OSError:
        pass


def remove(path):
    """Remove a file or a folder with all that is in it; True if there was one."""
    try:
        if os.stat(path)[0] != _DIRECTORY:
            os.remove(path)
            return True
    except OSError:
        return False
    for entry in list(os.ilistdir(path)):
        remove(path + "/" + entry[0])
    os.rmdir(path)
    return True


def make(folders):
    """Make folders, each after its parent."""
    for folder in folders:
        try:
            os.mkdir(folder)
        except OSError:
            os.stat(folder)  # it may be there; otherwise this raises


def copy(source, target):
    """Copy a file; `target` is whole or as it was."""
    buffer = bytearray(1024)
    view = memoryview(buffer)
    with open(source, "rb") as old, open(target + ".new", "wb") as new:
        while True:
            count = old.readinto(buffer)
            if not count:
                break
            new.write(view[:count])
    os.rename(target + ".new", target)


def put(path, text):
    """Write a small file; it is whole or as it was."""
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)


def trial(root):
    """Import the firmware under `root` without starting it."""
    for name in list(sys.modules):
        if name != "__main__":
            del sys.modules[name]
    gc.threshold(16384)  # as firmware/main.py does
    sys.path.insert(0, root + "/lib")
    sys.path.insert(0, root)
    import firmware.meter
    import firmware.start

    if not firmware.meter.__file__.startswith(root):
        raise ImportError("firmware is not taken from " + root)
