"""The AWS services around Keytrail, on loopback: see README.md in this folder."""
