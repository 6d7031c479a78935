"""Brings the meter's firmware onto a board: over USB with mpremote or rshell, or as an image."""
