"""What a power cut is to the simulation."""


class PowerCut(BaseException):
    """The supply is gone: unwinds the running firmware, which cannot catch it.

    A BaseException, because a real cut asks no handler. Code in `finally` still runs
    in Python, but the chips are off by then and ignore it.
    """
