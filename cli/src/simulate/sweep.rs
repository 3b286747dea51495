//! A day's sweep: every key is listed as it is known, and everything that goes by the clock is judged again.

use keytrail_engine::decide::Circumstances;
use keytrail_engine::document::{ApiKey, Facts, Standing};
use keytrail_engine::event::{ApiKeySeen, Caller, Event, Place, What};
use keytrail_engine::ids::CredentialId;
use keytrail_engine::subject::{Kind, SubjectId};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{Judging, Ledger as _, LedgerError, judge_again};

use super::Simulation;

/// What sweep's own listing counts as: IAM is eventually consistent.
const LISTING_COUNTS_AS_OF: Span = Span::minutes(5);

/// The kinds of subject of which something can become true by the clock alone. What was said of calls stays as it is until
/// there are others.
const BY_THE_CLOCK: [Kind; 4] = [Kind::ApiKey, Kind::User, Kind::KmsKey, Kind::Coverage];

/// Subjects of a page.
const PAGE: usize = 500;

impl Simulation<'_> {
    pub(super) async fn sweep(&mut self, now: Time) -> Result<(), LedgerError> {
        // Its own day is the one that it ends.
        let counted = now - Span::seconds(1);
        let listed = self.listing(now).await?;
        self.tell_at(&listed, now, counted).await?;
        let judging = Judging { policy: self.policy, now, circumstances: Circumstances::default() };
        for kind in BY_THE_CLOCK {
            for subject in self.subjects(kind, now).await? {
                let recorded = judge_again(&self.ledger, &subject, judging).await?;
                self.count(recorded, counted)?;
            }
        }
        self.respond_at(now, counted).await?;
        self.ledger.forget_expired(now).await?;
        Ok(())
    }

    async fn subjects(&self, kind: Kind, now: Time) -> Result<Vec<SubjectId>, LedgerError> {
        let (mut subjects, mut after) = (Vec::new(), None);
        loop {
            let page = self.ledger.scan(kind, now, after.as_ref(), PAGE).await?;
            subjects.extend(page.entries.into_iter().map(|stored| stored.document.subject));
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(subjects),
            }
        }
    }

    /// What IAM would list: the keys as they are known to be.
    async fn listing(&mut self, now: Time) -> Result<Vec<Event>, LedgerError> {
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = self.ledger.scan(Kind::ApiKey, now, after.as_ref(), PAGE).await?;
            for stored in page.entries {
                let Facts::ApiKey(key) = &stored.document.facts else { continue };
                if let Some(seen) = seen(&stored.document.subject, key, now) {
                    let event = self.made(&stored.document.subject, now - LISTING_COUNTS_AS_OF, seen);
                    listed.push(event);
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(listed),
            }
        }
    }

    /// An event that is in no record.
    pub(super) fn made(&mut self, subject: &SubjectId, at: Time, what: What) -> Event {
        self.made += 1;
        let name = keytrail_engine::fingerprint::hash64("simulated", self.made.to_be_bytes());
        Event {
            record: keytrail_engine::ids::RecordId(name),
            event_id: None,
            revision: 0,
            time: Some(at),
            place: Place {
                partition: subject.partition.clone(),
                account: subject.account.clone(),
                region: subject.region.clone(),
            },
            caller: Caller::default(),
            foreign_envelope: false,
            what,
        }
    }
}

/// A key as a listing shows it; none that is deleted or contested.
fn seen(subject: &SubjectId, key: &ApiKey, now: Time) -> Option<What> {
    let Standing::Is(status) = key.standing(now) else { return None };
    Some(What::ApiKeyObserved(ApiKeySeen {
        key: CredentialId::new(&subject.name),
        user: Some(key.user.value()?.clone()),
        service: Some(key.service.value()?.clone()),
        status: Some(status),
        created: key.created(),
        expires: key.expires.value().copied(),
        alias: None,
    }))
}
