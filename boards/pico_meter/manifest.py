# Frozen into the image: the port's rp2 module, the meter, and what starts it.
# The port's own _boot.py, which formats what does not mount, stays out: ours takes its place.
import os
import sys

sys.path.insert(0, os.path.abspath("../../tools"))

from picometer.build import identity  # noqa: E402
from picometer.build.files import PRODUCTION_START, START, meter_files  # noqa: E402

options.defaults(production=False)  # noqa: F821
module("rp2.py", base_path="$(PORT_DIR)/modules")  # noqa: F821
for file in [*(PRODUCTION_START if options.production else START), *meter_files()]:  # noqa: F821
    module(file.frozen, base_path="../../" + file.base)  # noqa: F821
module(identity.IDENTITY.frozen, base_path=identity.folder())  # noqa: F821
