//! When a user last called a service, as IAM's report tells it.
//!
//! The report is asked for, made, and read: IAM makes it in a second or two, and names it by a job.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html>,
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html>

use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_service_last_accessed_details::GetServiceLastAccessedDetailsOutput;
use aws_sdk_iam::types::JobStatusType;
use keytrail_engine::ids::ServiceName;
use keytrail_engine::last_access::LastAccess;
use keytrail_engine::services;
use keytrail_engine::time::Time;

use super::refused;
use crate::iam::Pages;
use crate::{Failure, FailureKind};

/// How often a report is looked for before it is left for later.
const LOOKS: usize = 8;

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// The newest call of a user to a service, in any of the parts under which IAM reports it.
pub(super) async fn last_access(
    client: &Client,
    user: &str,
    service: &ServiceName,
) -> Result<LastAccess, Failure> {
    let Some(service) = services::by_name(service.as_str()) else {
        return Err(refused("UnknownService", "the service has no API keys"));
    };
    let found = client.get_user().user_name(user).send().await.map_err(Failure::of)?;
    let arn = found.user().map(|user| user.arn().to_owned());
    let job = client.generate_service_last_accessed_details().set_arn(arn).send().await;
    let job = job.map_err(Failure::of)?;
    let Some(job) = job.job_id() else { return Err(refused("NoJob", "IAM names no job for the report")) };
    for _ in 0..LOOKS {
        let page = page(client, job, None).await?;
        match page.job_status() {
            JobStatusType::Completed => return newest(client, job, page, service).await,
            JobStatusType::InProgress => tokio::time::sleep(PAUSE).await,
            _ => return Err(refused("ReportFailed", "IAM could not make the report")),
        }
    }
    let source = "IAM is still making the report".into();
    Err(Failure { kind: FailureKind::Later, code: "InProgress".into(), source })
}

async fn page(
    client: &Client,
    job: &str,
    marker: Option<String>,
) -> Result<GetServiceLastAccessedDetailsOutput, Failure> {
    let call = client.get_service_last_accessed_details().job_id(job).set_marker(marker);
    call.send().await.map_err(Failure::of)
}

/// The report names the services that the user's policies allow. One that is not among them can't have been called.
async fn newest(
    client: &Client,
    job: &str,
    first: GetServiceLastAccessedDetailsOutput,
    service: &services::ApiKeyService,
) -> Result<LastAccess, Failure> {
    let (mut pages, mut page_read, mut last) = (Pages::new(), first, None);
    loop {
        let its = page_read.services_last_accessed().iter();
        let its = its.filter(|it| service.namespaces().any(|name| name == it.service_namespace()));
        for at in its.filter_map(|it| it.last_authenticated()) {
            let at = at
                .to_millis()
                .map_err(|_| refused("UnreadableDate", "the report has a date that is none"))?;
            last = last.max(Some(Time::from_millis(at)));
        }
        if !pages.another(page_read.is_truncated(), page_read.marker())? {
            return Ok(last.map_or(LastAccess::Never, LastAccess::At));
        }
        page_read = page(client, job, pages.marker()).await?;
    }
}
