"""Keytrail, deployed on the emulator: the template's resources, the four real binaries, the pollers."""
