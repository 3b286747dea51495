"""
KMS's calls on a key whose deletion is scheduled, by the key's ARN, which moto takes for an id that it doesn't know.

https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html: "Specify the key ID or key ARN".
"""

from moto.kms.models import KmsBackend

CALLS = ("cancel_key_deletion", "schedule_key_deletion", "enable_key", "disable_key")


def _by_either(method):
    def call(self, key_id, *args, **kwargs):
        return method(self, self.get_key_id(key_id), *args, **kwargs)

    return call


def install():
    """Make moto take a key's ARN wherever KMS does."""
    for name in CALLS:
        setattr(KmsBackend, name, _by_either(getattr(KmsBackend, name)))
