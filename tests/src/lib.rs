//! Scenarios, properties and end-to-end tests of Keytrail.
