"""The emulated RP2040: a Node process runs the image, the chips around it stay in Python."""
