"""A carousel that is stepped when it asks to be, and what its glass shows."""

from boards.pico_meter import glass
from display import Carousel, Screen, normal_list
from picometer.virtual.lcd import decode

METER = glass.GLASS


def lit_places(image):
    """Those of the bits that are set, 4 * address + bit, in display RAM."""
    return {4 * a + b for a in range(32) for b in range(4) if image[a] >> b & 1}


class Show:
    """`values` by quantity; the clock wraps at 2^30 ms."""

    def __init__(self, glass=METER, display_list=None, start_ms=0, **options):
        self.values = {"D": 1234, "R": 56, "N": 1178}
        self.glass = glass
        self.screen = Screen(glass)
        self.list = display_list or normal_list("D", "R", "N")
        self.carousel = Carousel(self.screen, self.list, self.value, **options)
        self.now = start_ms
        self.wait = self.step()

    def value(self, item):
        return self.values.get(item.quantity)

    @property
    def now_ms(self):
        return self.now % 2**30

    def step(self):
        wait = self.carousel.step(self.now_ms)
        assert 0 < wait <= 200
        return wait

    def run(self, ms):
        """Let `ms` go by."""
        end = self.now + ms
        while self.now + self.wait <= end:
            self.now += self.wait
            self.wait = self.step()
        self.wait -= end - self.now
        self.now = end

    @property
    def reading(self):
        return decode(self.screen.image, True, self.glass)

    @property
    def shown(self):
        return self.reading.code_text + self.reading.text
