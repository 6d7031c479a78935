"""Makes what goes onto a meter: the RP2040 image, the .mpy files, the mip packages."""
