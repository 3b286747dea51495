//! What fills a template's holes: one record's place, time and people, and fresh random ids.

use std::io::Write;

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use super::template::Hole;
use crate::random::Random;

/// The account of every record.
const ACCOUNT: &str = "111122223333";

const ROLES: [&str; 12] = [
    "payments-api",
    "orders-worker",
    "checkout",
    "search-indexer",
    "report-export",
    "ingest",
    "billing-batch",
    "session-cache",
    "image-resize",
    "ledger-sync",
    "fraud-scoring",
    "notifier",
];

const AGENTS: [&str; 8] = [
    "aws-sdk-java/2.31.20 md/io#sync md/http#Apache ua/2.1 api/S3#2.31.x os/Linux#6.1.134-150.224.amzn2023.aarch64 \
     lang/java#21.0.7 md/OpenJDK_64-Bit_Server_VM#21.0.7+6-LTS md/vendor#Amazon.com_Inc. md/en exec-env/AWS_ECS_FARGATE m/D,b,e",
    "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.1.141-155.222.amzn2023.x86_64 md/arch#x86_64 \
     lang/python#3.13.5 md/pyimpl#CPython exec-env/AWS_Lambda_python3.13 m/Z,b,D cfg/retry-mode#standard Botocore/1.44.5",
    "aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.4 md/GOOS#linux md/GOARCH#arm64 api/dynamodb#1.43.1 m/E,g",
    "aws-sdk-js/3.826.0 ua/2.1 os/linux#5.10.237-249.944.amzn2.x86_64 lang/js md/nodejs#22.16.0 api/lambda#3.826.0 \
     exec-env/AWS_Lambda_nodejs22.x m/b,E,Z",
    "[aws-sdk-rust/1.3.7 os/linux lang/rust/1.95.0]",
    "APN/1.0 HashiCorp/1.0 Terraform/1.12.2 (+https://www.terraform.io) terraform-provider-aws/6.0.0 \
     (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.36.5 ua/2.1 os/linux lang/go#1.23.8 \
     md/GOOS#linux md/GOARCH#amd64 api/ec2#1.227.0 m/C,g",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "aws-cli/2.27.41 md/awscrt#0.26.1 ua/2.1 os/linux#6.8.0-60-generic md/arch#x86_64 lang/python#3.13.4 \
     md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#logs.tail m/D,E,b",
];

const SENDERS: [&str; 4] = [
    "OpenTelemetry Collector Contrib/0.139.0 (linux/arm64)",
    "Fluent-Bit",
    "Vector/0.50.0 (x86_64-unknown-linux-gnu 2026-09-23)",
    "OTel-OTLP-Exporter-Python/1.38.0",
];

/// One record's circumstances. Holes that name a thing (`user`, `bucket`) give the same text wherever they stand in a
/// record; holes that name randomness (`uuid`, `hex`) give a new one each time.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) random: Random,
    pub(super) region: &'static str,
    pub(super) time: Timestamp,
    /// Which API-key user; users are numbered.
    pub(super) subject: u64,
    /// Which of that user's two API keys.
    pub(super) slot: u64,
    /// Which role, bucket and KMS key: one number for all of them.
    pub(super) thing: u64,
}

impl Scene {
    pub(super) fn fill(&mut self, hole: Hole, into: &mut Vec<u8>) {
        // Writing into a Vec cannot fail.
        let _ = match hole {
            Hole::Account => into.write_all(ACCOUNT.as_bytes()),
            Hole::Region => into.write_all(self.region.as_bytes()),
            Hole::Time => write!(into, "{}", self.time),
            Hole::IamDate { days_on } => write!(into, "{}", self.date(days_on, "%b %-d, %Y %-I:%M:%S %p")),
            Hole::KmsDate { days_on } => write!(into, "{}", self.date(days_on, "%b %-d, %Y, %-I:%M:%S %p")),
            Hole::Uuid => uuid(&mut self.random, into),
            Hole::Hex(length) => text(&mut self.random, b"0123456789abcdef", length, into),
            Hole::Base64(length) => text(&mut self.random, BASE64, length, into),
            Hole::Size => write!(into, "{}", self.random.below(4_000_000)),
            Hole::AccessKeyId(prefix) => {
                into.extend_from_slice(prefix.as_bytes());
                text(&mut self.random, BASE32, 16, into)
            }
            Hole::User => write!(into, "otel-gateway-{:04}", self.subject),
            Hole::UserId => self.fixed_id("AIDA", 1, self.subject, into),
            Hole::UserAddress => self.user_address(into),
            Hole::Sender => {
                into.write_all(SENDERS[(self.subject % SENDERS.len() as u64) as usize].as_bytes())
            }
            Hole::Credential => self.fixed_id("ACCA", 2, self.subject * 2 + self.slot, into),
            Hole::Group => {
                write!(into, "/otel/gateway-{:04}/{}", self.subject, GROUPS[self.slot as usize & 1])
            }
            Hole::Role => write!(into, "{}", self.role()),
            Hole::RoleId => self.fixed_id("AROA", 3, self.thing, into),
            Hole::Session => write!(into, "i-{:017x}", self.seeded(4, self.thing).bits() >> 4),
            Hole::Bucket => write!(into, "{}-exports-{}", self.role(), self.region),
            Hole::KeyId => uuid(&mut self.seeded(5, self.thing), into),
            Hole::Address => write!(
                into,
                "10.{}.{}.{}",
                self.random.below(8),
                self.random.below(256),
                self.random.below(254) + 1
            ),
            Hole::Agent => into.write_all(self.random.pick(&AGENTS).as_bytes()),
        };
    }

    fn role(&self) -> String {
        format!("{}-{:02}", ROLES[(self.thing % ROLES.len() as u64) as usize], self.thing)
    }

    /// A sender has two gateways of its own; one call in a hundred comes from somewhere else.
    fn user_address(&mut self, into: &mut Vec<u8>) -> std::io::Result<()> {
        if self.random.below(100) == 0 {
            return write!(into, "203.0.113.{}", self.random.below(254) + 1);
        }
        write!(into, "192.0.2.{}", (self.subject * 2 + self.random.below(2)) % 254 + 1)
    }

    fn date(&self, days_on: i64, format: &str) -> String {
        let at = self.time.checked_add((days_on * 24).hours()).expect("a corpus stays within the calendar");
        at.to_zoned(TimeZone::UTC).strftime(format).to_string()
    }

    /// An id that a thing keeps for as long as it lives.
    fn fixed_id(&self, prefix: &str, kind: u64, number: u64, into: &mut Vec<u8>) -> std::io::Result<()> {
        into.extend_from_slice(prefix.as_bytes());
        text(&mut self.seeded(kind, number), BASE32, 16, into)
    }

    fn seeded(&self, kind: u64, number: u64) -> Random {
        Random::new(kind << 32 | number)
    }
}

const GROUPS: [&str; 2] = ["application", "audit"];
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn text(random: &mut Random, alphabet: &[u8], length: usize, into: &mut Vec<u8>) -> std::io::Result<()> {
    for _ in 0..length {
        into.push(*random.pick(alphabet));
    }
    Ok(())
}

fn uuid(random: &mut Random, into: &mut Vec<u8>) -> std::io::Result<()> {
    let (high, low) = (random.bits(), random.bits());
    write!(
        into,
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        0x8000 | low >> 48 & 0x3fff,
        low & 0xffff_ffff_ffff
    )
}
