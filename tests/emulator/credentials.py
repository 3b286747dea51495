"""
Service-specific credentials, as IAM keeps them for one account.

What AWS documents is in the API reference of the five operations,
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html; what it doesn't
is marked `chosen`.
"""

import base64
import secrets
import string
import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

ACTIVE, INACTIVE, EXPIRED = "Active", "Inactive", "Expired"
PER_USER_AND_SERVICE = 2

# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_api_keys_for_aws_services.html
API_KEY_SERVICES = (
    "logs.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "xray.amazonaws.com",
    "bedrock.amazonaws.com",
    "aws-external-anthropic.amazonaws.com",
)
PASSWORD_SERVICES = ("codecommit.amazonaws.com", "cassandra.amazonaws.com")

ID_ALPHABET = string.ascii_uppercase + "234567"


class CredentialError(Exception):
    """An IAM error: `code` is its name on the wire."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


def no_such_credential(credential_id):
    return CredentialError("NoSuchEntity", f"The Service Specific Credential {credential_id} does not exist.")


@dataclass(frozen=True)
class Credential:
    """`set_status` is what the last Update said; `status_at` is what IAM shows."""

    id: str
    user_id: str
    service: str
    created: datetime
    expires: datetime | None
    set_status: str
    name: str  # the alias of an API key, the user name of a password
    secret: str

    @property
    def is_api_key(self):
        return self.service in API_KEY_SERVICES

    def status_at(self, now):
        return EXPIRED if self.expires is not None and now >= self.expires else self.set_status


def describe(credential, user_name, now, with_secret):
    """The wire form: ServiceSpecificCredential, or without the secret ServiceSpecificCredentialMetadata."""
    described = {
        "CreateDate": credential.created,
        "ServiceName": credential.service,
        "ServiceSpecificCredentialId": credential.id,
        "UserName": user_name,
        "Status": credential.status_at(now),
    }
    if credential.expires is not None:
        described["ExpirationDate"] = credential.expires
    described["ServiceCredentialAlias" if credential.is_api_key else "ServiceUserName"] = credential.name
    if with_secret:
        described["ServiceCredentialSecret" if credential.is_api_key else "ServicePassword"] = (
            credential.secret
        )
    return described


def new_secret(service, name):
    random = secrets.token_urlsafe(32)
    if service not in API_KEY_SERVICES:
        return random
    # Bedrock's keys are seen as ABSK + base64(alias:secret). The prefix of the other services' keys is not
    # published.
    envelope = base64.b64encode(f"{name}:{random}".encode()).decode()
    return f"ABSK{envelope}" if service == "bedrock.amazonaws.com" else envelope


class CredentialStore:
    """
    One account's credentials in order of creation. Users are kept by their id, which outlives a change of
    name.
    """

    def __init__(self, account, clock, settings):
        self._account = account
        self._clock = clock
        self._settings = settings
        self._lock = threading.RLock()
        self._live = {}
        self._seen_as = {}  # id -> [listings left, the Credential or None that they show]

    def create(self, user_id, user_name, service, age_days):
        self._require_supported(service)
        if age_days is not None and service not in API_KEY_SERVICES:
            # documented: "only valid for services that support long-term API keys"; the error is chosen
            raise CredentialError("ValidationError", f"CredentialAgeDays is not valid for {service}.")
        with self._lock:
            names = [c.name for c in self._live.values() if c.user_id == user_id and c.service == service]
            if len(names) >= PER_USER_AND_SERVICE:
                limit = f"ServiceSpecificCredentialsPerUser: {PER_USER_AND_SERVICE}"
                raise CredentialError("LimitExceeded", f"Cannot exceed quota for {limit}")
            name = self._free_name(user_name, names)
            now = self._clock.now().replace(microsecond=0)  # IAM's dates have whole seconds
            credential = Credential(
                id="ACCA" + "".join(secrets.choice(ID_ALPHABET) for _ in range(17)),
                user_id=user_id,
                service=service,
                created=now,
                expires=None if age_days is None else now + timedelta(days=age_days),
                set_status=ACTIVE,
                name=name,
                secret=new_secret(service, name),
            )
            self._change(credential.id, credential)
            return describe(credential, user_name, self._clock.now(), with_secret=True)

    def update(self, user_id, credential_id, status):
        if status == EXPIRED:
            # documented: "Sets the status ... to Active or Inactive", though the enum has Expired too; the
            # error is chosen
            raise CredentialError(
                "ValidationError", "The status of a credential can be set to Active or Inactive."
            )
        with self._lock:
            credential = self._owned(user_id, credential_id)
            if credential.status_at(self._clock.now()) == EXPIRED:
                raise CredentialError("ValidationError", "The credential has expired.")  # chosen
            self._change(credential_id, replace(credential, set_status=status))

    def reset(self, user_id, user_name, credential_id):
        with self._lock:
            credential = self._owned(user_id, credential_id)
            if credential.status_at(self._clock.now()) == EXPIRED:
                # documented: "The key must not have expired"; the error is chosen
                raise CredentialError("ValidationError", "The credential has expired and cannot be reset.")
            renewed = replace(credential, secret=new_secret(credential.service, credential.name))
            self._live[credential_id] = renewed
            return describe(renewed, user_name, self._clock.now(), with_secret=True)

    def delete(self, user_id, credential_id):
        with self._lock:
            self._owned(user_id, credential_id)
            self._change(credential_id, None)

    def list(self, user_names, service):
        """The metadata of the credentials of these users ({id: name}), the oldest first."""
        if service is not None:
            self._require_supported(service)
        with self._lock:
            now = self._clock.now()
            listed = [c for c in self._known() if c.user_id in user_names and service in (None, c.service)]
            shown = [self._shown(credential.id) for credential in listed]
            return [
                describe(credential, user_names[credential.user_id], now, with_secret=False)
                for credential in sorted(filter(None, shown), key=lambda c: (c.created, c.id))
            ]

    def has_any(self, user_id):
        with self._lock:
            return any(credential.user_id == user_id for credential in self._live.values())

    def _require_supported(self, service):
        if service not in self._settings.services:
            raise CredentialError("NotSupportedService", f"The service {service} is not supported.")

    def _free_name(self, user_name, taken):
        # documented: `jane-at-123456789012`; a second credential is seen as `jane+1-at-123456789012`
        first = f"{user_name}-at-{self._account}"
        return first if first not in taken else f"{user_name}+1-at-{self._account}"

    def _owned(self, user_id, credential_id):
        credential = self._live.get(credential_id)
        if credential is None or credential.user_id != user_id:
            raise no_such_credential(credential_id)
        return credential

    def _change(self, credential_id, new):
        """Write, and let the next listings show what was before, as many as the settings say."""
        before = self._live.get(credential_id)
        if self._settings.stale_listings > 0:
            # A second write while the first is still hidden doesn't show the first: listings go from the
            # oldest to the newest.
            shown = self._seen_as[credential_id][1] if credential_id in self._seen_as else before
            self._seen_as[credential_id] = [self._settings.stale_listings, shown]
        if new is None:
            del self._live[credential_id]
        else:
            self._live[credential_id] = new

    def _known(self):
        """Every credential that exists or that a stale listing still shows."""
        stale = {
            credential_id: shown for credential_id, (_, shown) in self._seen_as.items() if shown is not None
        }
        return {**stale, **self._live}.values()

    def _shown(self, credential_id):
        stale = self._seen_as.get(credential_id)
        if stale is None:
            return self._live.get(credential_id)
        stale[0] -= 1
        if stale[0] == 0:
            del self._seen_as[credential_id]
        return stale[1]
