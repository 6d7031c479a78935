"""Makes what goes onto a meter: the RP2040 image, and the mip packages."""
