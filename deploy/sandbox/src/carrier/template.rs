//! Chuanglan's v2: approved templates, and a signature instead of the password.
//!
//! The vendor publishes no table of v2's codes: four are known, the others are v1's behind `101`.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use serde_json::Value;
use sha2::Sha256;

use super::{Acceptance, Carrier, Protocol, Wanted, check_numbers};
use crate::protocol::{Code, Parameters};

const NONCE_BYTES: usize = 32;

impl Carrier {
    /// A submit of an approved template. Errors: the vendor's code; nothing was taken then.
    pub(crate) fn send_template(
        &self,
        signature: Option<&str>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Acceptance, Code> {
        self.book().calls.send += 1;
        let accepted = self.accept_template(signature, body, now);
        self.changed();
        accepted
    }

    fn accept_template(
        &self,
        signature: Option<&str>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Acceptance, Code> {
        let parameters = Parameters::parse(body)?;
        self.check_signature(&parameters, signature)?;
        let pattern = self.settings.templates.get(&parameters.required("templateId")?);
        let pattern = pattern.ok_or(Code::TemplateMismatch)?;
        let filled = fill(pattern, &values(&parameters.required("templateParamJson")?)?);
        let name = parameters.required("signature")?;
        if name != format!("【{}】", self.settings.signature) {
            return Err(Code::BadSignature);
        }
        let wanted = Wanted {
            protocol: Protocol::ChuanglanTemplate,
            text: format!("{name}{}", filled.ok_or(Code::BadGroups)?),
            uid: parameters.optional("uid")?,
            callback: self.chuanglan_callback(&parameters)?,
            wants_report: parameters.wants_report(),
            not_before: now,
        };
        self.take(&wanted, check_numbers(&parameters.required("phoneNumbers")?)?, now)
    }

    /// Either the password in the body, or the header.
    fn check_signature(&self, parameters: &Parameters, signature: Option<&str>) -> Result<(), Code> {
        if parameters.optional("password")?.is_some() {
            return self.sign_in(parameters);
        }
        if parameters.required("account")? != self.settings.account {
            return Err(Code::NoSuchAccount);
        }
        let (timestamp, nonce) = (parameters.required("timestamp")?, parameters.required("nonce")?);
        if nonce.len() != NONCE_BYTES || timestamp.parse::<u64>().is_err() {
            return Err(Code::BadJson);
        }
        let digest = hex(&Md5::digest(self.settings.password.as_bytes()));
        let mut parts = [digest.as_str(), &timestamp, &nonce];
        parts.sort_unstable();
        let mut mac = Hmac::<Sha256>::new_from_slice(digest.as_bytes()).expect("HMAC takes any key");
        mac.update(parts.concat().as_bytes());
        let expected = hex(&mac.finalize().into_bytes());
        if signature == Some(expected.as_str()) { Ok(()) } else { Err(Code::WrongPassword) }
    }
}

/// `[{"param1":"…","param2":"…"}]`: one set of values, for all numbers.
fn values(text: &str) -> Result<Vec<String>, Code> {
    let sets: Vec<serde_json::Map<String, Value>> = serde_json::from_str(text).map_err(|_| Code::BadJson)?;
    let [set] = sets.as_slice() else { return Err(Code::BadGroups) };
    let value = |n: usize| set.get(&format!("param{n}"))?.as_str().map(str::to_owned);
    (1..=set.len()).map(|n| value(n).ok_or(Code::BadGroups)).collect()
}

/// The text of a template with its places filled. `None`: too many values, or too few.
pub(super) fn fill(pattern: &str, values: &[String]) -> Option<String> {
    let mut text = pattern.to_owned();
    for (n, value) in (1..).zip(values) {
        let place = format!("{{{n}}}");
        if value.is_empty() || !text.contains(&place) {
            return None;
        }
        text = text.replace(&place, value);
    }
    let next = format!("{{{}}}", values.len() + 1);
    (!text.contains(&next)).then_some(text)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_with_as_many_values_as_it_has_places() {
        let fill = |values: &[&str]| {
            fill("{2}号「{1}」", &values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(fill(&["水饺", "12"]).as_deref(), Some("12号「水饺」"));
        assert_eq!((fill(&["水饺"]), fill(&["a", "b", "c"]), fill(&["", "b"])), (None, None, None));
    }
}
