//! Who calls.

use keytrail_aws::FailureKind;
use serde_json::json;

use crate::emulator::{Caller, block_on};

#[test]
fn sts_says_whose_credentials_these_are() {
    block_on(async {
        let caller = Caller::new();
        let identity = caller.config.caller().await.unwrap();
        assert!(identity.arn.as_str().starts_with("arn:aws:sts::"), "{identity:?}");
        assert!(identity.arn.as_str().contains(identity.account.as_str()), "{identity:?}");
        let calls = caller.calls();
        assert_eq!(caller.actions(), ["GetCallerIdentity"]);
        assert!(calls.iter().all(|call| call["service"] == "sts"), "{calls:?}");
    });
}

#[test]
fn what_sts_refuses_is_said_in_its_words() {
    block_on(async {
        let caller = Caller::new();
        caller.spoil(
            json!({"service": "sts", "answer": {"code": "InvalidClientTokenId", "message": "The token is invalid."}}),
        );
        let failure = caller.config.caller().await.unwrap_err();
        assert_eq!((failure.kind, &*failure.code), (FailureKind::Refused, "InvalidClientTokenId"));
        assert!(failure.source.to_string().contains("The token is invalid."), "{failure:?}");
    });
}
