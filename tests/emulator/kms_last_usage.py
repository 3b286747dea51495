"""
KMS's `GetKeyLastUsage`, which moto hasn't.

https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html: `KeyLastUsage` is there only if the key was used
for a successful cryptographic operation since `TrackingStartDate`. What a key is used for here is encrypted with it first.
"""

import json
import time

from moto.kms.responses import KmsResponse

# Longer ago than any key of the emulator was made.
TRACKING_START = 1_767_225_600.0
OPERATIONS = {"encrypt": "Encrypt", "decrypt": "Decrypt", "generate_data_key": "GenerateDataKey"}

_used = {}


def _recorded(name, method):
    def call(self):
        answer = method(self)
        if key_id := self._get_param("KeyId"):
            _used[self.kms_backend.describe_key(key_id).arn] = {"Operation": OPERATIONS[name], "Timestamp": time.time()}
        return answer

    return call


def _get_key_last_usage(self):
    key_id = self._get_param("KeyId")
    self._validate_cmk_id(key_id)
    key = self.kms_backend.describe_key(key_id)
    answer = {"KeyId": key.id, "KeyCreationDate": key.creation_date, "TrackingStartDate": TRACKING_START}
    if used := _used.get(key.arn):
        answer["KeyLastUsage"] = used
    return json.dumps(answer)


def install():
    """Make moto tell when a KMS key was last used."""
    for name in OPERATIONS:
        setattr(KmsResponse, name, _recorded(name, getattr(KmsResponse, name)))
    KmsResponse.get_key_last_usage = _get_key_last_usage
