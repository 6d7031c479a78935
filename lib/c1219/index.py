"""Access by index: where in a table the elements are that a path of indices leads to.

The rules are of low confidence: no client is known that reads by index, and no public source says
how elements are counted. Here the first index is an element of the table, in declared order, those
that are absent left out; after an array comes the subscript; after a record, or a subscript of an
array of records, an element of it. A string, a set or a bit field has no elements.
"""

from .types import RECORD, size_of


def span(parts, indices, count, octets=0):
    """(offset, octets) of `count` elements from the one that `indices` lead to; None for none.

    parts    resolved (types.resolve)
    indices  one or more
    octets   with a count of 0: of as many whole elements as take so many
    """
    start = 0
    i = 0
    while True:
        index = indices[i]
        if index >= len(parts):
            return None
        start += size_of(parts[:index])
        i += 1
        if i == len(indices):
            return _of_record(parts, index, start, count, octets)
        part = parts[index]
        if part[2]:
            index = indices[i]
            if index >= part[3]:
                return None
            start += index * part[4]
            i += 1
            if i == len(indices):
                return _of_array(part[3] - index, part[4], start, count, octets)
        if part[1] != RECORD:
            return None
        parts = part[5]


def _of_record(parts, index, start, count, octets):
    # The records' elements from `index` on.
    if count == 0:
        end = index
        size = 0
        while size < octets and end < len(parts):
            size += size_of(parts[end : end + 1])
            end += 1
        return (start, octets) if size == octets else None
    size = size_of(parts[index : index + count])
    return (start, size) if size and index + count <= len(parts) else None


def _of_array(left, width, start, count, octets):
    if count == 0:
        count = octets // width
        if count * width != octets:
            return None
    return (start, count * width) if count <= left else None
