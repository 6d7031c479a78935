"""Procedures 4 and 5: what of the lists counts as read."""

from micropython import const

from c1219 import NotReady, events
from c1219.procedures import (
    COMPLETED,
    INVALID_PARAMETER,
    RESET_LIST_POINTERS,
    UPDATE_LAST_READ,
)
from firmware import history

_PROFILE = const(3)
_PROFILES = const(7)  # of which there is one
_ALL = const(255)


class ListProcedures:
    """Runs them on `lists`.

    lists  each a firmware.record_list.RecordList or, for what of it is used here, a
           firmware.load_profile.LoadProfile; all with the same `marks`
    marks  firmware.record_list.ReadMarks
    note   called as note(code, detail), an event of the history log with the list as its detail,
           when anything has changed in lists without that log
    """

    def __init__(self, lists, marks, note):
        self._lists = lists
        self._marks = marks
        self._note = note

    def offered(self):
        """Pairs of a declaration and what runs it, see c1219.procedures."""
        return ((RESET_LIST_POINTERS, self.reset), (UPDATE_LAST_READ, self.update))

    def reset(self, parameters, response):
        """Mark every entry of a list, or of all, as read. No entry is taken away.

        What the standard means by it is of low confidence.
        """
        chosen = self._chosen(parameters["LIST"])
        if not chosen:
            return INVALID_PARAMETER
        before = [self._marks.get(each.number) for each in chosen]
        for each in chosen:
            each.mark_all_read()
        self._save(chosen, before)
        self._tell(events.LIST_POINTERS_RESET, chosen, parameters["LIST"])
        return COMPLETED

    def update(self, parameters, response):
        """Mark the oldest unread entries of a list, so many, as read; of each list when of all."""
        chosen = self._chosen(parameters["LIST"])
        count = parameters["ENTRIES_READ"]
        if not chosen or count > min([each.unread for each in chosen]):
            return INVALID_PARAMETER
        if count == 0:
            return COMPLETED
        before = [self._marks.get(each.number) for each in chosen]
        for each in chosen:
            each.mark_read(count)
        self._save(chosen, before)
        self._tell(events.LIST_POINTERS_UPDATED, chosen, parameters["LIST"])
        return COMPLETED

    def _tell(self, code, chosen, number):
        # An entry in the list that was marked as read would be unread at once, and one more each
        # time.
        for each in chosen:
            if each.number == history.LIST:
                return
        self._note(code, number)

    def _chosen(self, number):
        if number == _PROFILES:
            number = _PROFILE
        return [each for each in self._lists if number in (each.number, _ALL)]

    def _save(self, chosen, before):
        if not self._marks.save():
            for i in range(len(chosen)):
                self._marks.set(chosen[i].number, before[i])
            self._marks.save()  # should they have been written all the same, they count no more
            raise NotReady("the memory does not take it")
