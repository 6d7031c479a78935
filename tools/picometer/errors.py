"""Errors a user can do something about: one line, exit status 2."""


class UserError(Exception):
    """The command cannot go on; the message is one line for the user."""
