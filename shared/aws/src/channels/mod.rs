//! The ways in which people are told: a file for each. Only notify holds them.

mod all;
mod bus;
mod chat;
mod sns;

pub use all::Channels;
pub use bus::EventBus;
pub use chat::ChatTopic;
pub use sns::SnsTopic;
