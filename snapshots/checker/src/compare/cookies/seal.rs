//! Whether what is to be sealed is, and nothing else.

use super::{Sets, set_line};
use crate::compare::Finding;
use crate::faults::Fault;
use exchange::format::cookie::{SetCookie, Value};

/// A cookie of the name of a sealed one of the pin, or the only one that came, where it
/// is the pin's text as it was before it was sealed.
pub fn unsealed(sets: &Sets<'_>) -> Option<Finding> {
    let text = |set: &SetCookie| set.value.as_ref().map(ToString::to_string);
    let is_of = |wanted: &SetCookie, set: &SetCookie| {
        let sealed = text(set).map(|value| format!("sealed({value})"));
        let is_same = sealed.is_some() && text(wanted) == sealed;
        is_same || (set.name == wanted.name && is_object_like(wanted, set))
    };
    // Where there are more, one may be another's signature.
    let is_alone = sets.sessions.len() == 1;
    // A lesson may have a plain cookie of the same words, on purpose.
    let is_plain =
        |set: &SetCookie| sets.wanted.iter().any(|wanted| text(wanted) == text(set));
    sets.wanted.iter().find_map(|wanted| {
        let mut came = sets.sessions.iter().filter(|set| is_of(wanted, set));
        let set = came.find(|set| match set.name == wanted.name {
            true => is_alone || is_plain(set),
            false => is_alone && !is_plain(set),
        })?;
        Some(Finding::new(
            Fault::Unsealed,
            set_line(wanted),
            set_line(set),
        ))
    })
}

/// Whether both are JSON with the same members, the one with a seal and the other without:
/// a time in them is another one each time.
fn is_object_like(sealed: &SetCookie, plain: &SetCookie) -> bool {
    let (Some(Value::Sealed(sealed)), Some(Value::Plain(plain))) =
        (&sealed.value, &plain.value)
    else {
        return false;
    };
    let members = |text: &str| -> Option<Vec<String>> {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).ok()?;
        Some(object.into_iter().map(|(name, _)| name).collect())
    };
    // What a transcript writes for a time is no JSON.
    let names = |text: &str| -> Vec<String> {
        let parts = text.split('"').skip(1).step_by(2);
        parts.map(str::to_owned).collect()
    };
    members(plain).is_some_and(|members| {
        let known = names(sealed);
        members.iter().all(|member| known.contains(member))
    })
}

/// A cookie that is to be read by all, where it came with a seal.
pub fn sealed(sets: &Sets<'_>) -> Option<Finding> {
    sets.wanted.iter().find_map(|wanted| {
        let Some(Value::Plain(text)) = &wanted.value else {
            return None;
        };
        let sealed = Value::Sealed(text.clone());
        let mut came = sets.came.iter().filter(|set| set.name == wanted.name);
        let set = came.find(|set| set.value.as_ref() == Some(&sealed))?;
        Some(Finding::new(
            Fault::OtherCookie,
            set_line(wanted),
            set_line(set),
        ))
    })
}
