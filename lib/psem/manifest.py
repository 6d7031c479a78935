# ruff: noqa: F821
metadata(version="0.1.0", description="ANSI C12.18 link and session of a meter")
package(
    "psem",
    files=("__init__.py", "codes.py", "crc.py", "link.py", "session.py", "ticks.py"),
    base_path="..",
)
