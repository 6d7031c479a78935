"""Errors a user can do something about: one line, exit status 2."""


class UserError(Exception):
    """The command cannot go on; the message is one line for the user.

    where  the port or file that it is about, said first; empty if the message says enough
    """

    where = ""

    def at(self, where: str) -> "UserError":
        """This error, said to be about `where` unless it says already what it is about."""
        self.where = self.where or where
        return self

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.where}: {text}" if self.where else text
