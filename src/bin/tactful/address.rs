//! An address that speaks `/v1/…`: the shop's edge, as commands ask it and tell it something.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use ureq::{Agent, Body, http};

use crate::failure::Failure;
use crate::files;

/// Nobody is waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(60);
/// Largest answer that says what is wrong, bytes.
const LARGEST_PROBLEM: u64 = 64 << 10;

/// An address, without a slash at its end.
pub struct Address {
    name: String,
    agent: Agent,
}

impl Address {
    /// Names an address, or `None` where it is a file or a folder.
    pub fn named(name: &str) -> Option<Self> {
        if !name.starts_with("https://") && !name.starts_with("http://") {
            return None;
        }
        let config = Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false);
        Some(Self { name: name.trim_end_matches('/').into(), agent: config.build().into() })
    }

    /// Returns what lies at a path, at most so many bytes, or `None` where nothing does.
    pub fn get(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, Failure> {
        let response = self.agent.get(self.at(path)).call().map_err(|cause| self.unreached(cause))?;
        if response.status() == 404 { Ok(None) } else { self.read(response, most).map(Some) }
    }

    /// Sends bytes; the answer is read and not looked at.
    pub fn post(&self, path: &str, body: &[u8]) -> Result<(), Failure> {
        let request = self.agent.post(self.at(path)).content_type("application/octet-stream");
        let response = request.send(body).map_err(|cause| self.unreached(cause))?;
        self.read(response, LARGEST_PROBLEM).map(drop)
    }

    /// Returns the whole address of a path.
    pub fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.name)
    }

    fn unreached(&self, cause: ureq::Error) -> Failure {
        Failure::Unreached { address: self.name.clone(), cause: Box::new(cause) }
    }

    /// The bytes of an answer, or what is wrong in the words of who answers.
    fn read(&self, mut response: http::Response<Body>, most: u64) -> Result<Vec<u8>, Failure> {
        let status = response.status().as_u16();
        if (200..300).contains(&status) {
            return response.body_mut().with_config().limit(most).read_to_vec().map_err(|cause| self.unreached(cause));
        }
        let problem = response.body_mut().with_config().limit(LARGEST_PROBLEM).read_to_vec().unwrap_or_default();
        let problem: Value = serde_json::from_slice(&problem).unwrap_or_default();
        let issues = problem.get("issues").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let messages: Vec<&str> =
            issues.iter().filter_map(|issue| issue.get("message").and_then(Value::as_str)).collect();
        let message = if messages.is_empty() { "it gives no reason".into() } else { messages.join("; ") };
        Err(Failure::Answered { address: self.name.clone(), status, message })
    }
}

/// What an address opens to the shop alone.
pub struct Door {
    address: Address,
    key: String,
    file: String,
    /// What the edge calls the key.
    secret: &'static str,
}

impl Door {
    /// Takes the key from its file. It is sent to nobody who could be read on the way.
    pub fn named(name: &str, file: &Path, secret: &'static str) -> Result<Self, Failure> {
        let address = Address::named(name).ok_or_else(|| Failure::NoAddress(name.into()))?;
        if name.starts_with("http://") && !is_here(name) {
            return Err(Failure::Overheard { address: address.name, secret });
        }
        let (text, file) = (files::text(file)?, files::name(file));
        let key = text.trim();
        if key.is_empty() || !key.bytes().all(|letter| letter.is_ascii_graphic()) {
            return Err(Failure::NoKey { file, secret });
        }
        Ok(Self { address, key: key.into(), file, secret })
    }

    /// Returns what lies at a path, at most so many bytes.
    pub fn get(&self, path: &str, most: u64) -> Result<Vec<u8>, Failure> {
        let request = self.address.agent.get(self.address.at(path)).header("authorization", self.bearer());
        self.read(request.call(), most)
    }

    /// Puts JSON to a path, in place of what was there.
    pub fn put(&self, path: &str, body: &Value) -> Result<(), Failure> {
        let request = self.address.agent.put(self.address.at(path)).header("authorization", self.bearer());
        self.read(request.content_type("application/json").send(body.to_string()), LARGEST_PROBLEM).map(drop)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.key)
    }

    fn read(&self, answered: Result<http::Response<Body>, ureq::Error>, most: u64) -> Result<Vec<u8>, Failure> {
        let response = answered.map_err(|cause| self.address.unreached(cause))?;
        if response.status() == 401 {
            let address = self.address.name.clone();
            return Err(Failure::Closed { address, file: self.file.clone(), secret: self.secret });
        }
        self.address.read(response, most)
    }
}

/// Tells whether an address is this machine.
fn is_here(name: &str) -> bool {
    let host = name.trim_start_matches("http://").split(['/', '?', '#']).next().unwrap_or_default();
    let port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|letter| letter.is_ascii_digit()));
    matches!(port.map_or(host, |(host, _)| host), "127.0.0.1" | "[::1]" | "localhost")
}
