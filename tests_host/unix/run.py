"""Run by the unix MicroPython: the test functions of one module, one line for each.

    micropython run.py MODULE

PASS name, or FAIL name and its traceback; then OUT and a line of what the module's
`outputs()` returns, if it has one, for comparison with CPython.
"""

import sys


def main(name):
    """Import `name` and call its functions whose names begin with test_."""
    module = __import__(name, None, None, ("tests",))
    for attribute in sorted(dir(module)):
        if not attribute.startswith("test_"):
            continue
        try:
            getattr(module, attribute)()
        except Exception as error:
            print("FAIL", attribute)
            sys.print_exception(error, sys.stdout)
        else:
            print("PASS", attribute)
    if hasattr(module, "outputs"):
        for line in module.outputs():
            print("OUT", line)


main(sys.argv[1])
