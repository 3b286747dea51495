//! Who answers for a subject.

use crate::policy::Policy;
use crate::subject::{Kind, SubjectId};
use crate::world::World;

/// The owner of a subject: the tag of its user, else what policy says of the user's name, else policy's default. Where
/// the subject belongs to no user, the default. Whoever may tag the user writes it: hostile text.
pub fn owner(subject: &SubjectId, world: &World, policy: &Policy) -> Option<Box<str>> {
    let owners = &policy.owners;
    let user = user_of(subject, world);
    let id = user.as_ref().map(|user| {
        SubjectId::user(subject.partition.clone(), subject.account.clone(), &user.as_str().into())
    });
    let tagged = id.and_then(|id| world.user(&id)?.tag(&owners.tag).map(Box::from));
    let mapped = || {
        let user = user.as_ref()?;
        let mut fits = owners.users.iter().filter(|it| it.user.matches(user));
        fits.next().map(|it| it.owner.clone())
    };
    tagged.or_else(mapped).or_else(|| owners.default.clone())
}

/// The user that a subject is, or belongs to.
pub fn user_of(subject: &SubjectId, world: &World) -> Option<String> {
    match subject.kind {
        Kind::User => Some(subject.name.to_string()),
        Kind::ApiKey => world.api_key(subject)?.user.value().map(ToString::to_string),
        Kind::Usage => subject.service_and_user().map(|(_, user)| user.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::What;
    use crate::policy::{Pattern, UserOwner};
    use crate::telling::{ACCOUNT, Telling, key, minute, usage, user};

    #[test]
    fn a_tag_outranks_the_map_and_the_map_the_default() {
        let mut telling = Telling::with_key("ACCA1", "ci-1");
        let of = |telling: &Telling, subject| owner(&subject, &telling.world, &telling.policy);
        assert_eq!(of(&telling, key("ACCA1")), None);
        telling.policy.owners.default = Some("security".into());
        let account = SubjectId::account("aws".into(), ACCOUNT.into(), "us-east-1".into());
        for subject in [key("ACCA1"), user("ci-1"), usage("ci-1"), account.clone()] {
            assert_eq!(of(&telling, subject).as_deref(), Some("security"));
        }
        let line = |user: &str, owner: &str| UserOwner { user: Pattern::new(user), owner: owner.into() };
        telling.policy.owners.users = vec![line("ci-*", "platform"), line("*", "others")];
        assert_eq!(of(&telling, key("ACCA1")).as_deref(), Some("platform"));
        assert_eq!(of(&telling, user("gateway")).as_deref(), Some("others"));
        let tag = |telling: &mut Telling, at, value: Option<&str>| {
            let value = value.map(Box::from);
            telling.tell(minute(at), What::UserTagged { user: "ci-1".into(), tag: "owner".into(), value });
        };
        tag(&mut telling, 1, Some("shop"));
        assert_eq!(of(&telling, key("ACCA1")).as_deref(), Some("shop"));
        tag(&mut telling, 3, None);
        tag(&mut telling, 2, Some("billing"));
        assert_eq!(of(&telling, usage("ci-1")).as_deref(), Some("platform"), "the tag was taken away");
        assert_eq!(of(&telling, account).as_deref(), Some("security"), "an account belongs to no user");
    }
}
