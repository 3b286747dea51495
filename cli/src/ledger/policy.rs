//! The policy by which a ledger is written to.

use anyhow::bail;
use keytrail_aws::SystemClock;
use keytrail_aws::policy::{Origin, Policies};
use keytrail_aws::settings::POLICY_PARAMETER;
use keytrail_engine::policy::Policy;
use keytrail_engine::time::Span;
use keytrail_ledger::capability::{Clock as _, PolicySource as _};
use keytrail_ledger::policy_here;

use super::Opened;
use crate::args::place::PolicyPlace;
use crate::settings;

impl Opened {
    /// The policy that was named, and whether a newer one can't be read. Of a table it has to be the functions' own: judged
    /// by another, their findings would be withdrawn and others fire.
    pub(crate) fn policy(&self, place: &PolicyPlace) -> anyhow::Result<(Policy, bool)> {
        let parameter = place.policy_parameter.clone().or_else(|| std::env::var(POLICY_PARAMETER.name).ok());
        match (self, &place.policy, parameter.filter(|name| !name.is_empty())) {
            (Self::State(_), file, _) => Ok((settings::policy(file.as_deref())?, false)),
            (Self::Table(_), Some(file), _) => Ok((self.here(settings::policy(Some(file))?)?, false)),
            (Self::Table(table), None, Some(name)) => {
                let origin =
                    Origin::Parameter { client: table.json(keytrail_aws::json_call::SSM), name: name.into() };
                let policies = table.run(Policies::start(origin, Span::days(1), SystemClock))?;
                let in_force = table.run(async { Ok::<_, anyhow::Error>(policies.policy().await) })?;
                let broken = in_force.broken.is_some();
                Ok((self.here(in_force.policy)?, broken))
            }
            (Self::Table(_), None, None) => bail!(
                "name the policy that the functions obey: --policy-parameter NAME (or {}), or --policy FILE",
                POLICY_PARAMETER.name
            ),
        }
    }

    /// A policy as it holds in this ledger, with the rules that are new there.
    fn here(&self, policy: Policy) -> anyhow::Result<Policy> {
        self.run(policy_here(self, policy, SystemClock.now()))
    }
}
