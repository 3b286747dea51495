"""
KMS's `ListKeys` in pages, which moto gives whole.

https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html: `Limit` is 1 to 1,000, 100 by default; `Truncated` says
whether there is more, from `NextMarker` on.
"""

import json

from moto.kms.responses import KmsResponse

USUAL = 100
MOST = 1000


def _list_keys(self):
    keys = sorted(self.kms_backend.list_keys(), key=lambda key: key.id)
    marker, size = self._get_param("Marker") or "", self._get_param("Limit") or USUAL
    if not 1 <= size <= MOST:
        raise ValueError(f"Limit {size} is not between 1 and {MOST}")
    left = [key for key in keys if key.id > marker]
    page = left[:size]
    answer = {"Keys": [{"KeyArn": key.arn, "KeyId": key.id} for key in page], "Truncated": len(left) > size}
    if answer["Truncated"]:
        answer["NextMarker"] = page[-1].id
    return json.dumps(answer)


def install():
    """Make moto list KMS keys page by page."""
    KmsResponse.list_keys = _list_keys
