"""MicroPython's sources from Debian 13, without touching this system's own apt settings.

A private source list is derived from the system's: the same mirror and key, another suite.
Lists and caches live in a temporary folder. Nothing here needs root.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from picometer.toolchain.shell import FETCH_TIMEOUT_S, ToolchainError, run

SUITE = "trixie"  # Debian 13: MicroPython 1.25, pico-sdk 2.1.1
_SOURCES = ("micropython", "mbedtls")
_BINARIES = ("pico-sdk-source", "tinyusb-source")  # sources too, packed as ordinary packages
_ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)")


def _stanzas(text: str) -> list[dict[str, str]]:
    """The enabled `deb` stanzas of a deb822 sources file."""
    found = []
    for block in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace() and name:
                fields[name] += "\n" + line
            elif ":" in line:
                name, value = line.split(":", 1)
                name = name.strip().lower()
                fields[name] = value.strip()
        enabled = fields.get("enabled", "yes").lower() not in ("no", "false", "0")
        if enabled and "deb" in fields.get("types", "").split() and "uris" in fields:
            found.append(fields)
    return found


def _one_liners(text: str) -> list[dict[str, str]]:
    """The `deb` entries of a one-line-style list, in the same form as `_stanzas`."""
    found = []
    for line in text.splitlines():
        match = _ONE_LINE.match(line.strip())
        if match is None:
            continue
        fields = {"uris": match["uri"], "suites": match["suite"]}
        for option in (match["options"] or "").split():
            key, _, value = option.partition("=")
            if key in ("signed-by", "trusted"):
                fields[key] = value
        found.append(fields)
    return found


def private_source(files: Iterable[tuple[str, str]], codename: str) -> str:
    """A deb822 stanza for Debian 13 on the mirror that serves this system's `codename`.

    `files` are (name, text) of the system's source lists. Raises ToolchainError when none of
    them serves `codename`.
    """
    for name, text in files:
        for fields in _stanzas(text) if name.endswith(".sources") else _one_liners(text):
            if codename not in fields.get("suites", "").split():
                continue
            lines = ["Types: deb deb-src", f"URIs: {fields['uris']}", f"Suites: {SUITE}"]
            lines.append("Components: main")
            if "signed-by" in fields:
                lines.append(f"Signed-By: {fields['signed-by']}")
            if "trusted" in fields:
                lines.append(f"Trusted: {fields['trusted']}")
            return "\n".join(lines) + "\n"
    raise ToolchainError(
        "no Debian mirror in this system's apt sources: point MICROPYTHON at a checkout"
    )


def _codename(os_release: str) -> str:
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    if fields.get("ID", "").strip('"') != "debian":
        raise ToolchainError("this system is not Debian: point MICROPYTHON at a checkout")
    return fields.get("VERSION_CODENAME", "").strip('"')


def _system_lists(etc: Path) -> list[tuple[str, str]]:
    folder = etc / "apt" / "sources.list.d"
    paths = [*sorted(folder.glob("*.sources")), etc / "apt" / "sources.list"]
    paths += sorted(folder.glob("*.list"))
    return [(path.name, path.read_text(errors="replace")) for path in paths if path.is_file()]


def _apt_options(folder: Path) -> list[str]:
    """apt options that keep all of apt's state for this run inside `folder`."""
    for name in ("sources", "lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    settings = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": folder / "sources",
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",  # the temporary folder is this user's alone
    }
    return [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]


def fetch(target: Path, log: Path, show: Callable[[str], None], etc: Path = Path("/etc")) -> None:
    """Unpack micropython, mbedtls, pico-sdk and tinyusb as folders of these names in `target`."""
    if shutil.which("apt-get") is None:
        raise ToolchainError("no apt here to fetch MicroPython: point MICROPYTHON at a checkout")
    source = private_source(_system_lists(etc), _codename((etc / "os-release").read_text()))
    with tempfile.TemporaryDirectory(prefix="picometer-apt-") as name:
        folder = Path(name)
        apt = ["apt-get", *_apt_options(folder)]
        (folder / "sources" / "private.sources").write_text(source)
        files = folder / "files"
        files.mkdir()

        def get(*arguments: str) -> None:
            run([*apt, *arguments], log, show=show, cwd=files, timeout_s=FETCH_TIMEOUT_S)

        get("update")
        get("--download-only", "source", *_SOURCES)
        get("download", *_BINARIES)
        for package in _SOURCES:
            show(f"unpack {package}")
            (tarball,) = files.glob(f"{package}_*.orig.tar.*")
            (target / package).mkdir()
            unpack: list[str | Path] = ["tar", "--extract", "--file", tarball]
            unpack += ["--directory", target / package]
            run([*unpack, "--strip-components=1", "--no-same-owner"], log)
        for package in _BINARIES:
            show(f"unpack {package}")
            (deb,) = files.glob(f"{package}_*.deb")
            run(["dpkg", "-x", deb, folder / package], log)
            name = package.removesuffix("-source")
            shutil.move(folder / package / "usr" / "src" / name, target / name)
