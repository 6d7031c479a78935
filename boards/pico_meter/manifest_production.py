# Frozen into a production image: the same, but started by firmware/production/main.py alone.
include("manifest.py", production=True)  # noqa: F821
