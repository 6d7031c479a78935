# ruff: noqa: F821
metadata(version="0.1.0", description="Driver for the ADE7953 single-phase metering chip")
package("ade7953", base_path="..")
