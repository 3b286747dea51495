//! What the rules about stolen keys ask of a user's baseline: what is new, and what is new but harmless.

use crate::document::{Document, Facts, Use};
use crate::ids::{Network, UserName};
use crate::lattice::{BoundedSet, Sketched};
use crate::needs::SHARED_BY;
use crate::network::{first_address, lies_in};
use crate::policy::Policy;
use crate::subject::{Part, SubjectId};
use crate::time::Time;
use crate::world::World;

/// What makes a new network harmless, but for the operator's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excuse {
    /// Several of the account's keys are used from there: they have moved together.
    Shared,
    /// Several were long before. Who has stolen many keys uses them from one place too, but their senders go on elsewhere:
    /// that keys came to a place together excuses none of them for being at two places at once.
    LongShared,
}

/// A usage subject of which enough was seen to speak of habits.
pub(super) struct Learnt<'d> {
    pub(super) subject: &'d SubjectId,
    pub(super) facts: &'d Use,
    /// Since then, what was never seen before is new.
    pub(super) since: Time,
}

impl<'d> Learnt<'d> {
    /// `None` for another kind of document, and while it is too early. By event time: nothing here depends on when
    /// records arrive.
    pub(super) fn of(document: &'d Document, policy: &Policy) -> Option<Self> {
        let (Part::Main, Facts::Usage(facts)) = (&document.part, &document.facts) else { return None };
        let period = facts.sightings.allowed.first? + policy.learning.span();
        let calls = facts.habits.calls_seen(policy.learning.calls())?;
        Some(Self { subject: &document.subject, facts, since: period.max(calls) })
    }

    /// The user whose calls these are.
    pub(super) fn user(&self) -> Option<UserName> {
        Some(self.subject.service_and_user()?.1)
    }

    /// The values that were first seen when habits were known. What a full set has forgotten is unknown, never new.
    pub(super) fn news<'s, T: Ord + Sketched, const K: usize>(
        &self,
        set: &'s BoundedSet<T, K>,
    ) -> Vec<(Time, &'s T)> {
        let mut earliest = set.earliest();
        earliest.retain(|(at, _)| *at > self.since);
        earliest
    }

    /// The values that belong to the habits, at most ten, for people.
    pub(super) fn usual<T: Ord + Sketched + ToString, const K: usize>(
        &self,
        set: &BoundedSet<T, K>,
    ) -> Option<String> {
        let usual = set.earliest().into_iter().filter(|(at, _)| *at <= self.since);
        super::joined(usual.map(|(_, value)| value.to_string()))
    }

    /// Whether a network that is new to the user since a moment is the operator's own, or an egress that keys share.
    fn is_excused(
        &self,
        network: &Network,
        at: Time,
        excuse: Excuse,
        world: &World,
        policy: &Policy,
    ) -> bool {
        let known = first_address(network).is_some_and(|address| policy.networks.known.contains(address));
        let its = world.network(self.subject, network);
        known
            || self.facts.lessons.expect_network(network)
            || its.is_some_and(|its| match excuse {
                Excuse::Shared => its.users.values().len() >= SHARED_BY,
                Excuse::LongShared => its.was_shared(SHARED_BY - 1, at),
            })
    }

    /// The blocks of networks (/16, /32) that are new, with when, and the networks in them that make them so.
    pub(super) fn strange_blocks(
        &self,
        excuse: Excuse,
        world: &World,
        policy: &Policy,
    ) -> Vec<(Time, &'d Network, Vec<&'d Network>)> {
        let facts = self.facts;
        let strange = self.news(&facts.habits.blocks).into_iter().filter_map(|(at, block)| {
            let held = facts.sightings.networks.values().map(|held| &held.value);
            let inside: Vec<&Network> = held.filter(|network| lies_in(network, block)).collect();
            let is_forgotten = inside.is_empty() && !facts.lessons.expect_network(block);
            let strange: Vec<&Network> =
                inside.into_iter().filter(|it| !self.is_excused(it, at, excuse, world, policy)).collect();
            (is_forgotten || !strange.is_empty()).then_some((at, block, strange))
        });
        strange.collect()
    }

    /// The networks that are new, with when.
    pub(super) fn strange_networks(
        &self,
        excuse: Excuse,
        world: &World,
        policy: &Policy,
    ) -> Vec<(Time, &'d Network)> {
        let mut news = self.news(&self.facts.sightings.networks);
        news.retain(|(at, network)| !self.is_excused(network, *at, excuse, world, policy));
        news
    }

    /// The networks that are new in a block of which no more than one network is a habit: where hosts come and go, one
    /// more is none.
    pub(super) fn strange_neighbours(&self, world: &World, policy: &Policy) -> Vec<(Time, &'d Network)> {
        let (networks, blocks) = (&self.facts.sightings.networks, &self.facts.habits.blocks);
        let old: Vec<&Network> = blocks
            .earliest()
            .into_iter()
            .filter(|(at, _)| *at <= self.since)
            .map(|(_, block)| block)
            .collect();
        let is_strange = |network: &Network| {
            let Some(block) = old.iter().find(|block| lies_in(network, block)) else { return false };
            let usual =
                networks.earliest().into_iter().filter(|(at, it)| *at <= self.since && lies_in(it, block));
            usual.count() < 2
        };
        let mut news = self.strange_networks(Excuse::Shared, world, policy);
        news.retain(|(_, network)| is_strange(network));
        news
    }
}

/// The product of a user agent, without its version.
pub(super) fn product(agent: &str) -> &str {
    agent.split_once('/').map_or(agent, |(product, _)| product)
}

/// A calendar day as `2026-08-01`: a bucket that no later record moves.
pub(super) fn day(at: Time) -> String {
    at.to_string().chars().take(10).collect()
}
/// The calendar week of a moment, as the number of its Thursday's week since 1970: a bucket that no later record moves.
pub(super) fn week(at: Time) -> i64 {
    const WEEK: i64 = 7 * 24 * 3_600_000;
    // 1 January 1970 was a Thursday; weeks begin on Mondays.
    (at.millis() + 3 * WEEK / 7).div_euclid(WEEK)
}
