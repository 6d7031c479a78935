"""All approved services, for tools and tests; a meter makes the one it is."""

from boards.ratings import SERVICES, rating

RATINGS = tuple([rating(row[0]) for row in SERVICES])
