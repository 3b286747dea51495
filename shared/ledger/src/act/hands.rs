//! What carries out actions, as the machinery sees it.

use keytrail_engine::action::{Action, ActionKind, Reason};
use keytrail_engine::event::Event;
use keytrail_engine::rescue::Left;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;

use crate::capability::AdminError;

/// Who has the permissions for an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// This function.
    Here,
    /// Another function, which looks for it by itself.
    Elsewhere,
    /// No function that is deployed.
    Nobody,
}

/// How far an action came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It was done, and AWS shows it.
    Done,
    /// There was nothing left to do.
    NothingLeft,
    /// There was nothing left to do, and no record tells yet who did it: an earlier try of this action, or somebody else.
    Unheard,
    /// AWS knows no such target: it is gone, or too young to be shown.
    NotThere,
    /// It was done, and AWS still shows the old state; or AWS shows what no record tells of yet.
    Verifying,
    /// A KMS key's deletion is cancelled, and the key is left disabled.
    LeftDisabled(Left),
    /// What AWS shows of the target speaks against it.
    Unwanted(Reason),
}

/// What AWS shows of that on which an action rests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Looked {
    /// What is weighed with what memory has, as of the moment that was asked for. What may not be read is an event that says so.
    pub seen: Vec<Event>,
    /// What speaks against the action by itself.
    pub against: Option<Reason>,
}

/// The calls that a function's role may make, and how an action is made of them.
pub trait Hands: Send + Sync {
    /// Who has the permissions for such an action.
    fn holder(&self, kind: &ActionKind) -> Holder;

    /// Looks at that on which the action rests beside its target, right before the action. `world` is what memory has.
    fn look_again(
        &self,
        action: &Action,
        world: &World,
        as_of: Time,
    ) -> impl Future<Output = Result<Looked, AdminError>> + Send {
        let _ = (action, world, as_of);
        std::future::ready(Ok(Looked::default()))
    }

    /// Does what the action says, to the one target that it names, and reads it back. `world` is what the action was just
    /// weighed with.
    fn carry_out(
        &self,
        action: &Action,
        world: &World,
        now: Time,
    ) -> impl Future<Output = Result<Progress, AdminError>> + Send;

    /// What AWS shows of the target, as of a moment, where that is not what the action would make of it: then there is
    /// something left to do after all. `None` where there isn't.
    fn still_to_do(
        &self,
        action: &Action,
        as_of: Time,
    ) -> impl Future<Output = Result<Option<Event>, AdminError>> + Send;
}
