"""The five service-specific-credential operations, and pages of users, added to moto's IAM from outside."""

import base64
import re
import uuid
from dataclasses import dataclass
from datetime import datetime

import moto.iam.urls
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import get_service_model
from moto.iam.exceptions import DeleteConflictException, IAMException, NotFoundException, ValidationError
from moto.iam.responses import IamResponse

from .clock import Clock
from .credentials import (
    API_KEY_SERVICES,
    PASSWORD_SERVICES,
    CredentialError,
    CredentialStore,
)

STORE = "service_specific_credential_store"
REPORTS = "service_last_accessed_reports"
DEFAULT_PAGE = 100  # documented: "the number of items defaults to 100"


@dataclass
class Settings:
    """
    `page_size` bounds every page: "IAM might return fewer results, even when there are more results
    available".
    """

    page_size: int = DEFAULT_PAGE
    stale_listings: int = 0
    services: tuple = API_KEY_SERVICES + PASSWORD_SERVICES


def store_of(backend, clock, settings):
    """The account's store; it lives on moto's own object, so that a reset of moto empties it too."""
    return backend.__dict__.setdefault(STORE, CredentialStore(backend.account_id, clock, settings))


def page(entries, marker, size):
    """
    (entries, next marker): a marker names the last entry before it, so that a page after a deletion skips
    nothing.
    """
    if marker is not None:
        try:
            created, credential_id = base64.urlsafe_b64decode(marker.encode()).decode().split(" ")
        except ValueError as error:
            raise ValidationError("Invalid Marker.") from error
        entries = [e for e in entries if _position(e) > (created, credential_id)]
    if len(entries) <= size:
        return entries, None
    return entries[:size], base64.urlsafe_b64encode(" ".join(_position(entries[size - 1])).encode()).decode()


def _position(entry):
    return entry["CreateDate"].isoformat(), entry["ServiceSpecificCredentialId"]


def require_valid(operation, params):
    """Hold the parameters against the constraints of IAM's own model, as the service does."""
    shape = get_service_model("iam").operation_model(operation).input_shape
    for name in shape.required_members:
        if params.get(name) is None:
            raise ValidationError(_violation("null", name, "Member must not be null"))
    for name, member in shape.members.items():
        value = params.get(name)
        if value is not None and (problem := _problem(member, value)):
            raise ValidationError(_violation(value, name, problem))


def _problem(shape, value):
    limits = shape.metadata
    if shape.type_name == "string":
        if limits.get("enum") and value not in limits["enum"]:
            return f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"
        if len(value) < limits.get("min", 0):
            return f"Member must have length greater than or equal to {limits['min']}"
        if len(value) > limits.get("max", len(value)):
            return f"Member must have length less than or equal to {limits['max']}"
        # The model's patterns are Java's, where \w is ASCII.
        if limits.get("pattern") and not re.fullmatch(limits["pattern"], value, re.ASCII):
            return f"Member must satisfy regular expression pattern: {limits['pattern']}"
    if shape.type_name == "integer":
        if value < limits.get("min", value):
            return f"Member must have value greater than or equal to {limits['min']}"
        if value > limits.get("max", value):
            return f"Member must have value less than or equal to {limits['max']}"
    return None


def _violation(value, name, problem):
    at = name[0].lower() + name[1:]
    return f"1 validation error detected: Value '{value}' at '{at}' failed to satisfy constraint: {problem}"


class CredentialsResponse(IamResponse):
    """moto's IAM and the five operations. `clock` and `settings` are shared by all requests of a process."""

    clock = Clock()
    settings = Settings()

    @property
    def _credentials(self):
        return store_of(self.backend, self.clock, self.settings)

    def create_service_specific_credential(self):
        require_valid("CreateServiceSpecificCredential", self.params)
        user = self.backend.get_user(self._get_param("UserName"))
        service, age = self._get_param("ServiceName"), self._get_param("CredentialAgeDays")
        return self._one(lambda: self._credentials.create(user.id, user.name, service, age))

    def reset_service_specific_credential(self):
        require_valid("ResetServiceSpecificCredential", self.params)
        user, credential_id = self._named_user(), self._get_param("ServiceSpecificCredentialId")
        return self._one(lambda: self._credentials.reset(user.id, user.name, credential_id))

    def update_service_specific_credential(self):
        require_valid("UpdateServiceSpecificCredential", self.params)
        user, credential_id = self._named_user(), self._get_param("ServiceSpecificCredentialId")
        _as_moto(lambda: self._credentials.update(user.id, credential_id, self._get_param("Status")))
        return EmptyResult()

    def delete_service_specific_credential(self):
        require_valid("DeleteServiceSpecificCredential", self.params)
        user, credential_id = self._named_user(), self._get_param("ServiceSpecificCredentialId")
        _as_moto(lambda: self._credentials.delete(user.id, credential_id))
        return EmptyResult()

    def list_service_specific_credentials(self):
        require_valid("ListServiceSpecificCredentials", self.params)
        service = self._get_param("ServiceName")
        users = self._listed_users(service)
        entries = _as_moto(lambda: self._credentials.list(users, service))
        size = min(self._get_param("MaxItems", DEFAULT_PAGE), self.settings.page_size)
        shown, marker = page(entries, self._get_param("Marker"), size)
        result = {"ServiceSpecificCredentials": shown, "IsTruncated": marker is not None}
        return ActionResult({**result, "Marker": marker} if marker else result)

    def list_users(self):
        """moto shows all users at once, whatever MaxItems says; IAM pages, and sorts by nothing documented."""
        require_valid("ListUsers", self.params)
        users = sorted(self.backend.list_users(self._get_param("PathPrefix"), None, None), key=lambda u: u.name)
        if (marker := self._get_param("Marker")) is not None:
            try:
                last = base64.urlsafe_b64decode(marker.encode()).decode()
            except ValueError as error:
                raise ValidationError("Invalid Marker.") from error
            users = [user for user in users if user.name > last]
        size = min(self._get_param("MaxItems", DEFAULT_PAGE), self.settings.page_size)
        result = {"Users": users[:size], "IsTruncated": len(users) > size}
        if result["IsTruncated"]:
            result["Marker"] = base64.urlsafe_b64encode(users[size - 1].name.encode()).decode()
        return ActionResult(result)

    def generate_service_last_accessed_details(self):
        """The job of a user's report. moto has none; the report is made at once, and runs when first asked for."""
        require_valid("GenerateServiceLastAccessedDetails", self.params)
        arn = self._get_param("Arn")
        user = next((user for user in self.backend.users.values() if user.arn == arn), None)
        if user is None:
            raise NotFoundException(f"ARN {arn} not found")
        job = str(uuid.uuid4())
        self.backend.__dict__.setdefault(REPORTS, {})[job] = [user.name, False]
        return ActionResult({"JobId": job})

    def get_service_last_accessed_details(self):
        """
        A report shows every service that the user's policies allow; here the five of the API keys. When a service was
        last called is a tag of the user: `last-access/logs` = `2026-11-01T00:00:00Z`.
        """
        require_valid("GetServiceLastAccessedDetails", self.params)
        report = self.backend.__dict__.get(REPORTS, {}).get(self._get_param("JobId"))
        if report is None:
            raise NotFoundException(f"Job {self._get_param('JobId')} not found")
        name, asked_before = report
        report[1] = True
        user = self.backend.get_user(name)
        answer = {"JobCreationDate": self.clock.now(), "JobType": "SERVICE_LEVEL", "IsTruncated": False}
        answer["JobCompletionDate"] = self.clock.now()
        if not asked_before:
            return ActionResult({**answer, "JobStatus": "IN_PROGRESS", "ServicesLastAccessed": []})
        tags = {tag["Key"]: tag["Value"] for tag in self.backend.list_user_tags(user.name)}
        services = []
        for service in API_KEY_SERVICES:
            namespace = service.split(".")[0]
            shown = {"ServiceName": service, "ServiceNamespace": namespace, "TotalAuthenticatedEntities": 0}
            if (at := tags.get(f"last-access/{namespace}")) is not None:
                shown |= {"LastAuthenticated": datetime.fromisoformat(at), "LastAuthenticatedEntity": user.arn}
                shown["TotalAuthenticatedEntities"] = 1
            services.append(shown)
        return ActionResult({**answer, "JobStatus": "COMPLETED", "ServicesLastAccessed": services})

    def delete_user(self):
        # documented: a user's service-specific credentials must be deleted first
        # https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
        user = self.backend.get_user(self._get_param("UserName"))
        if self._credentials.has_any(user.id):
            raise DeleteConflictException("Cannot delete entity, must remove referenced objects first.")
        return super().delete_user()

    def _listed_users(self, service):
        if not self._get_param("AllUsers", False):
            user = self._named_user()
            return {user.id: user.name}
        if self._get_param("UserName") is not None:
            # documented: "cannot be specified together with UserName"; the error is chosen
            raise ValidationError("AllUsers cannot be specified together with UserName.")
        if service is None:
            # documented: "returns all credentials associated with the specified service"; that none is an
            # error is chosen
            raise ValidationError("AllUsers needs a ServiceName.")
        return {user.id: user.name for user in self.backend.users.values()}

    def _named_user(self):
        """
        documented: without UserName "the operation assumes the user whose credentials are used to call".
        """
        name = self._get_param("UserName")
        if name is not None:
            return self.backend.get_user(name)
        for user in self.backend.users.values():
            if any(key.access_key_id == self.access_key for key in user.access_keys):
                return user
        # seen from IAM's other operations when a role calls them without a user name
        raise ValidationError("Must specify userName when calling with non-User credentials")

    def _one(self, make):
        return ActionResult({"ServiceSpecificCredential": _as_moto(make)})


def _as_moto(act):
    """Run, and turn an IAM error into moto's."""
    try:
        return act()
    except CredentialError as error:
        raise IAMException(error.code, error.message) from error


def install():
    """Make moto answer IAM's calls through the extension; before moto's server is built."""
    moto.iam.urls.url_paths = dict.fromkeys(moto.iam.urls.url_paths, CredentialsResponse.dispatch)
    return CredentialsResponse.clock, CredentialsResponse.settings
