//! The functions, each made anew for an invocation.

use keytrail_detect::Detect;
use keytrail_notify::Notify;
use keytrail_rescue::Rescue;
use keytrail_respond::Respond;
use keytrail_sweep::Sweep;
use keytrail_testkit::fakes::{
    FakeClock, FakeIam, FakeInventory, FakeKms, FakePolicy, FakeTopic, MemoryLedger, Stage,
};
use keytrail_testkit::record::ACCOUNT;

use super::World;

impl World {
    pub(super) fn detect(&self) -> Detect<MemoryLedger, FakePolicy, FakeClock> {
        let Stage { ledger, policy, clock, .. } = self.stage.clone();
        Detect { ledger, policies: policy, clock }
    }

    pub(super) fn respond(&self) -> Respond<MemoryLedger, FakeIam, FakePolicy, FakeClock> {
        let Stage { ledger, iam, policy, clock, .. } = self.stage.clone();
        Respond {
            ledger,
            admin: iam,
            account: ACCOUNT.into(),
            policies: policy,
            clock,
            rescue_is_deployed: true,
        }
    }

    pub(super) fn rescue(&self) -> Rescue<MemoryLedger, FakeKms, FakePolicy, FakeClock> {
        let Stage { ledger, kms, policy, clock, .. } = self.stage.clone();
        Rescue { ledger, admin: kms, account: ACCOUNT.into(), policies: policy, clock }
    }

    pub(super) fn notify(&self) -> Notify<MemoryLedger, FakeTopic, FakeClock> {
        let Stage { ledger, topic, clock, .. } = self.stage.clone();
        Notify { ledger, publisher: topic, clock }
    }

    pub(super) fn sweep(&self) -> Sweep<MemoryLedger, FakeInventory, FakePolicy, FakeClock> {
        let Stage { ledger, policy, clock, .. } = self.stage.clone();
        Sweep { ledger, inventory: self.inventory.clone(), policies: policy, clock }
    }
}
