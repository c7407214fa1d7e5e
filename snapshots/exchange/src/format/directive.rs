//! What a `# @…` comment of a script asks for, and what follows from each. Every
//! question is answered for every directive, so that a new one doesn't compile
//! before all of them are.

use super::time;
use std::fmt::{self, Display, Formatter};

/// What a `# @…` comment asks for. The table of [`script`](super::script) says what each does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Directive {
    Browser(String),
    Fresh,
    Close,
    /// Seconds.
    Clock(i64),
    Edit {
        name: String,
        value: String,
    },
    Flip(String),
    Forget(String),
    Copy(String),
    Paste(String),
    Seal {
        name: String,
        value: String,
    },
    CrossSite,
    Subresource,
    Script,
    Follow,
    AllHeaders,
    Needs(String),
    Exact,
    Restart {
        another_key: bool,
    },
}

/// Why a step with `@seal` is not for a server that runs elsewhere.
pub const NEEDS_THE_KEY: &str = "it needs the key of the server, which runs elsewhere";
/// The same for `@restart`.
pub const NEEDS_A_RESTART: &str = "a server that runs elsewhere can't be restarted";

impl Display for Directive {
    /// As a script has it, after `# @`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Directive::Browser(name) => write!(f, "browser {name}"),
            Directive::Fresh => f.write_str("fresh"),
            Directive::Close => f.write_str("close"),
            Directive::Clock(seconds) => write!(f, "clock +{seconds}s"),
            Directive::Edit { name, value } => write!(f, "edit {name}={value}"),
            Directive::Flip(name) => write!(f, "flip {name}"),
            Directive::Forget(name) => write!(f, "forget {name}"),
            Directive::Copy(name) => write!(f, "copy {name}"),
            Directive::Paste(name) => write!(f, "paste {name}"),
            Directive::Seal { name, value } => write!(f, "seal {name}={value}"),
            Directive::CrossSite => f.write_str("cross-site"),
            Directive::Subresource => f.write_str("subresource"),
            Directive::Script => f.write_str("script"),
            Directive::Follow => f.write_str("follow"),
            Directive::AllHeaders => f.write_str("all-headers"),
            Directive::Needs(name) => write!(f, "needs {name}"),
            Directive::Exact => f.write_str("exact"),
            Directive::Restart { another_key: false } => f.write_str("restart"),
            Directive::Restart { another_key: true } => {
                f.write_str("restart with another key")
            }
        }
    }
}

impl Directive {
    /// Reads what stands after `# @`.
    ///
    /// # Errors
    ///
    /// What is wrong, and what to write instead.
    pub fn parse(text: &str) -> Result<Directive, String> {
        let (name, argument) = match text.split_once(' ') {
            Some((name, argument)) => (name, argument.trim()),
            None => (text, ""),
        };
        let needed = || match argument {
            "" => Err(format!("`@{name}` needs a name after it")),
            word => Ok(word.to_owned()),
        };
        let parsed = match name {
            "browser" => Directive::Browser(needed()?),
            "clock" => Directive::Clock(time::span(argument)?),
            "edit" | "seal" => {
                let (cookie, value) = argument
                    .split_once('=')
                    .ok_or_else(|| format!("write `@{name} NAME=VALUE`"))?;
                let (cookie, value) = (cookie.to_owned(), value.to_owned());
                match name {
                    "edit" => Directive::Edit {
                        name: cookie,
                        value,
                    },
                    _ => Directive::Seal {
                        name: cookie,
                        value,
                    },
                }
            }
            "flip" => Directive::Flip(needed()?),
            "forget" => Directive::Forget(needed()?),
            "copy" => Directive::Copy(needed()?),
            "paste" => Directive::Paste(needed()?),
            "needs" => Directive::Needs(needed()?),
            "exact" => Directive::Exact,
            "restart" => Directive::Restart {
                another_key: match argument {
                    "" => false,
                    "with another key" => true,
                    _ => {
                        return Err(
                            "write `@restart` or `@restart with another key`".into()
                        );
                    }
                },
            },
            "fresh" => Directive::Fresh,
            "close" => Directive::Close,
            "cross-site" => Directive::CrossSite,
            "subresource" => Directive::Subresource,
            "script" => Directive::Script,
            "follow" => Directive::Follow,
            "all-headers" => Directive::AllHeaders,
            _ => {
                return Err(format!(
                    "`@{name}` is not a directive; `snapshots/exchange/src/format/script.rs` lists them"
                ));
            }
        };
        Ok(parsed)
    }

    /// The name of the cookie that it does something with.
    pub fn cookie(&self) -> Option<&str> {
        match self {
            Directive::Edit { name, .. }
            | Directive::Seal { name, .. }
            | Directive::Flip(name)
            | Directive::Forget(name)
            | Directive::Copy(name)
            | Directive::Paste(name) => Some(name),
            Directive::Browser(_)
            | Directive::Fresh
            | Directive::Close
            | Directive::Clock(_)
            | Directive::CrossSite
            | Directive::Subresource
            | Directive::Script
            | Directive::Follow
            | Directive::AllHeaders
            | Directive::Needs(_)
            | Directive::Exact
            | Directive::Restart { .. } => None,
        }
    }

    /// The same with the cookie under another name.
    pub fn with_cookie(self, name: String) -> Directive {
        match self {
            Directive::Edit { value, .. } => Directive::Edit { name, value },
            Directive::Seal { value, .. } => Directive::Seal { name, value },
            Directive::Flip(_) => Directive::Flip(name),
            Directive::Forget(_) => Directive::Forget(name),
            Directive::Copy(_) => Directive::Copy(name),
            Directive::Paste(_) => Directive::Paste(name),
            Directive::Browser(_)
            | Directive::Fresh
            | Directive::Close
            | Directive::Clock(_)
            | Directive::CrossSite
            | Directive::Subresource
            | Directive::Script
            | Directive::Follow
            | Directive::AllHeaders
            | Directive::Needs(_)
            | Directive::Exact
            | Directive::Restart { .. } => self,
        }
    }

    /// Whether the server starts anew before the step.
    pub fn restarts(&self) -> bool {
        matches!(self, Directive::Restart { .. })
    }

    /// Whether a cookie's value is no longer the one that the server gave last.
    pub fn forges(&self) -> bool {
        match self {
            Directive::Edit { .. } | Directive::Flip(_) | Directive::Paste(_) => true,
            Directive::Browser(_)
            | Directive::Fresh
            | Directive::Close
            | Directive::Clock(_)
            | Directive::Forget(_)
            | Directive::Copy(_)
            | Directive::Seal { .. }
            | Directive::CrossSite
            | Directive::Subresource
            | Directive::Script
            | Directive::Follow
            | Directive::AllHeaders
            | Directive::Needs(_)
            | Directive::Exact
            | Directive::Restart { .. } => false,
        }
    }

    /// Why it can't be asked of a server that runs elsewhere; nothing where it can.
    pub fn beyond_a_remote_server(&self) -> Option<&'static str> {
        match self {
            Directive::Seal { .. } => Some(NEEDS_THE_KEY),
            Directive::Restart { .. } => Some(NEEDS_A_RESTART),
            Directive::Browser(_)
            | Directive::Fresh
            | Directive::Close
            | Directive::Clock(_)
            | Directive::Edit { .. }
            | Directive::Flip(_)
            | Directive::Forget(_)
            | Directive::Copy(_)
            | Directive::Paste(_)
            | Directive::CrossSite
            | Directive::Subresource
            | Directive::Script
            | Directive::Follow
            | Directive::AllHeaders
            | Directive::Needs(_)
            | Directive::Exact => None,
        }
    }

    /// Why curl can't do it; nothing where it can.
    pub fn beyond_curl(&self) -> Option<&'static str> {
        Some(match self {
            Directive::Browser(_)
            | Directive::Fresh
            | Directive::Close
            | Directive::Follow
            | Directive::AllHeaders
            | Directive::Needs(_)
            | Directive::Exact => return None,
            Directive::Clock(_) => "curl can't move the clock.",
            Directive::Edit { .. } | Directive::Flip(_) => {
                "curl can't change a cookie in its jar. Open jar.txt in an editor."
            }
            Directive::Forget(_) => {
                "curl can't delete one cookie. Open jar.txt in an editor."
            }
            Directive::Copy(_) | Directive::Paste(_) => {
                "curl can't take a cookie out of its jar and put it back."
            }
            Directive::Seal { .. } => "curl has no key to seal a cookie with.",
            Directive::CrossSite | Directive::Subresource => {
                "curl has no pages, so it can't come from another site."
            }
            Directive::Script => "curl runs no scripts.",
            Directive::Restart { .. } => "Restart the server by hand at this step.",
        })
    }

    /// Why Rocket's local client can't do it; nothing where it can.
    pub fn beyond_a_local_client(&self) -> Option<&'static str> {
        Some(match self {
            Directive::Follow
            | Directive::AllHeaders
            | Directive::Needs(_)
            | Directive::Exact => return None,
            Directive::Browser(_) => {
                "A local client is one browser, and each has a server of its own."
            }
            Directive::Restart { .. } => "A local client can't restart its server.",
            Directive::CrossSite | Directive::Subresource => {
                "A local client doesn't know SameSite."
            }
            Directive::Script => "A local client runs no scripts.",
            Directive::Clock(_) | Directive::Close => {
                "A local client's jar knows no time."
            }
            Directive::Fresh
            | Directive::Edit { .. }
            | Directive::Flip(_)
            | Directive::Forget(_)
            | Directive::Copy(_)
            | Directive::Paste(_)
            | Directive::Seal { .. } => {
                "A local client's jar can't be changed by hand."
            }
        })
    }
}
