"""What the hot loops and the whole meter cost on the emulated RP2040."""
