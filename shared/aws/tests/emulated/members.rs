//! Another account, through its role.

use keytrail_aws::Members;
use keytrail_ledger::capability::{Inventory, InventoryError};
use serde_json::json;

use crate::emulator::block_on;
use crate::inventory::{account, user};

#[test]
fn another_account_is_read_with_the_credentials_of_its_role() {
    block_on(async {
        let (caller, inventory, iam) = account();
        let (home, elsewhere) = ("aws".into(), "444455556666".into());
        let refused = inventory.of_account(&home, &elsewhere).await.unwrap_err();
        assert!(
            matches!(&refused, InventoryError::Refused { code, .. } if &**code == "NoExternalId"),
            "{refused:?}"
        );

        let inventory = inventory.with_members(Some(Members::new(&caller.config, "0123456789&abcdef")));
        let there = inventory.of_account(&home, &elsewhere).await.unwrap();
        user(&iam).await;
        assert!(!inventory.users(None).await.unwrap().0.is_empty());
        assert_eq!(there.users(None).await.unwrap(), (Vec::new(), None), "the users are the home's");

        // The role is taken once for all that is read with it.
        inventory.of_account(&home, &elsewhere).await.unwrap();
        let taken: Vec<_> =
            caller.calls().into_iter().filter(|call| call["action"] == "AssumeRole").collect();
        assert_eq!(taken.len(), 1, "{taken:?}");

        caller.spoil(
            json!({"service": "sts", "answer": {"code": "AccessDenied", "message": "You are not let in."}}),
        );
        let refused = inventory.of_account(&home, &"777788889999".into()).await.unwrap_err();
        assert!(
            matches!(&refused, InventoryError::Refused { code, .. } if &**code == "AccessDenied"),
            "{refused:?}"
        );
    });
}
