//! What the configuration says about who reads: how many, by which names they
//! reach this server, and whether their wire is kept. A value that can't be read
//! is an error, never the weaker of two meanings.

use rocket::Config;
use rocket::figment::Figment;
use rocket::figment::value::Value;
use std::net::IpAddr;

/// How many readers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// One, on this machine.
    One,
    /// Many, on a network.
    Classroom,
}

impl Audience {
    /// Of a server that listens on `address`, unless its configuration says
    /// otherwise (`ROCKET_CLASSROOM`).
    fn of(address: IpAddr, classroom: Option<bool>) -> Audience {
        match classroom.unwrap_or(!address.is_loopback()) {
            true => Audience::Classroom,
            false => Audience::One,
        }
    }
}

/// The companion's settings, beside Rocket's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `ROCKET_CLASSROOM`, or what the address says.
    pub audience: Audience,
    /// `ROCKET_WIRE`: whether turns are taken down for readers with a page
    /// open.
    pub wire: bool,
    /// `ROCKET_HOSTS`: the names by which a class reaches this server.
    pub hosts: Vec<Name>,
}

/// The most careful ones, for a configuration that can't be read.
pub static CLOSED: Settings = Settings {
    audience: Audience::Classroom,
    wire: false,
    hosts: Vec::new(),
};

/// A name of this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    host: String,
    /// Any, where there is none.
    port: Option<u16>,
    /// Whether readers reach it over TLS.
    pub tls: bool,
}

/// Whether this server reads the variable of the environment with this name.
pub fn is_setting(name: &str) -> bool {
    const NAMES: [&str; 4] = [
        "SECRET_KEY",
        "SPOTIFY_CLIENT_ID",
        "SPOTIFY_CLIENT_SECRET",
        "WEBHOOK_SECRETS",
    ];
    NAMES.contains(&name) || name.starts_with("ROCKET_")
}

impl Settings {
    /// The settings in a configuration.
    ///
    /// # Errors
    ///
    /// The setting that can't be read, and what it may be.
    pub fn of(figment: &Figment) -> Result<Settings, String> {
        let address = figment
            .extract_inner("address")
            .unwrap_or(IpAddr::from([0; 4]));
        Ok(Settings {
            audience: Audience::of(address, switch(figment, "classroom")?),
            wire: switch(figment, "wire")?.unwrap_or(true),
            hosts: hosts(figment)?,
        })
    }

    /// Where readers reach a server that listens on `port`: `http://127.0.0.1:8000`,
    /// or in a class the first of its names.
    pub fn origin(&self, port: u16) -> String {
        match self.hosts.first() {
            Some(name) if self.audience == Audience::Classroom => name.origin(),
            _ => format!("http://127.0.0.1:{port}"),
        }
    }

    /// This server's name in a `Host` header, if it is one of its names.
    pub fn name(&self, authority: &str) -> Option<&Name> {
        let (host, port) = parts(authority);
        self.hosts.iter().find(|name| {
            let same_port = match name.port {
                None => true,
                // A browser leaves the scheme's own port out.
                known => known == port.or(Some(if name.tls { 443 } else { 80 })),
            };
            name.host.eq_ignore_ascii_case(host) && same_port
        })
    }
}

impl Name {
    /// As a browser shows it.
    fn origin(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        let port = self.port.map(|port| format!(":{port}"));
        format!("{scheme}://{}{}", self.host, port.unwrap_or_default())
    }
}

/// What keeps Rocket from starting with this configuration.
///
/// # Errors
///
/// One line that names the setting.
pub fn check(figment: &Figment) -> Result<(), String> {
    let settings = Settings::of(figment)?;
    let config = Config::try_from(figment).map_err(|error| {
        let error = error.to_string();
        format!(
            "A setting can't be read: {}",
            error.trim().replace('\n', " ")
        )
    })?;
    if config.workers == 0 {
        return Err(
            "ROCKET_WORKERS=0: with no worker nothing is answered. Leave it out, or give 1 or more."
                .to_owned(),
        );
    }
    if settings.audience == Audience::Classroom && settings.hosts.is_empty() {
        return Err(
            "A class needs ROCKET_HOSTS: the names by which readers reach this server, as their \
             browsers show them, for example ROCKET_HOSTS=\"https://class.example 192.168.1.5:8000\"."
                .to_owned(),
        );
    }
    Ok(())
}

/// A setting that is on or off.
fn switch(figment: &Figment, name: &str) -> Result<Option<bool>, String> {
    let Ok(value) = figment.find_value(name) else {
        return Ok(None);
    };
    let text = match &value {
        Value::Bool(_, on) => return Ok(Some(*on)),
        Value::String(_, text) => text.trim().to_ascii_lowercase(),
        Value::Char(_, char) => char.to_string(),
        Value::Num(_, number) => match number.to_u128() {
            Some(number) => number.to_string(),
            None => String::from("a number"),
        },
        _ => String::from("a list"),
    };
    match text.as_str() {
        "true" | "yes" | "on" | "1" => Ok(Some(true)),
        "false" | "no" | "off" | "0" => Ok(Some(false)),
        _ => Err(format!(
            "ROCKET_{}: this is neither true nor false. Write one of the two.",
            name.to_ascii_uppercase()
        )),
    }
}

fn hosts(figment: &Figment) -> Result<Vec<Name>, String> {
    let texts: Vec<String> = match figment.find_value("hosts") {
        Err(_) => return Ok(Vec::new()),
        Ok(Value::String(_, text)) => vec![text],
        Ok(Value::Array(_, list)) => list
            .into_iter()
            .map(|value| value.into_string().unwrap_or_default())
            .collect(),
        Ok(_) => vec![String::new()],
    };
    let between = |char: char| char == ',' || char.is_whitespace();
    let names = texts.iter().flat_map(|text| match text.is_empty() {
        true => vec![""],
        false => text
            .split(between)
            .filter(|name| !name.is_empty())
            .collect(),
    });
    names.map(named).collect()
}

/// `https://class.example`, `class.example` or `192.168.1.5:8000`.
fn named(text: &str) -> Result<Name, String> {
    let (scheme, authority) = text.split_once("://").unwrap_or(("http", text));
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    let (host, port) = parts(authority);
    let plain = |char: char| char.is_ascii_alphanumeric() || "-._:[]".contains(char);
    if !["http", "https"].contains(&scheme)
        || host.is_empty()
        || !host.chars().all(plain)
    {
        return Err(format!(
            "ROCKET_HOSTS: {text:?} is no name of a server. Write names with spaces between them, \
             as https://class.example or 192.168.1.5:8000."
        ));
    }
    Ok(Name {
        host: host.to_owned(),
        port,
        tls: scheme == "https",
    })
}

/// An authority's host and port.
fn parts(authority: &str) -> (&str, Option<u16>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            // No host has a colon, so it is nobody's.
            Err(_) => (authority, None),
        },
        _ => (authority, None),
    }
}

/// Whether an authority (`127.0.0.1:8000`) names this machine.
pub fn is_loopback(authority: &str) -> bool {
    let (host, _) = parts(authority);
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rocket::figment::providers::{Format, Toml};

    fn settings(toml: &str) -> Result<Settings, String> {
        let local = Config::figment().merge(("address", "127.0.0.1"));
        Settings::of(&local.merge(Toml::string(toml)))
    }

    #[test]
    fn a_server_on_loopback_has_one_reader_unless_told_otherwise() {
        let audience = |toml| settings(toml).unwrap().audience;
        assert_eq!(audience(""), Audience::One);
        assert_eq!(audience("classroom = true"), Audience::Classroom);
        let network = Config::figment().merge(("address", "0.0.0.0"));
        let settings = Settings::of(&network).unwrap();
        assert_eq!(settings.audience, Audience::Classroom);
    }

    #[test]
    fn each_way_to_say_yes_and_no_is_one_and_the_rest_is_an_error() {
        // As the environment's texts are read, whatever type each one gives.
        let classroom = |text: &str| {
            let value: Value = text.parse().unwrap();
            let figment = Config::figment().merge(("address", "127.0.0.1"));
            let settings = Settings::of(&figment.merge(("classroom", value)));
            settings.map(|settings| settings.audience)
        };
        for yes in ["1", "true", "TRUE", "True", "yes", "on", "ON", " yes "] {
            assert_eq!(classroom(yes), Ok(Audience::Classroom), "{yes}");
        }
        for no in ["0", "false", "FALSE", "no", "off"] {
            assert_eq!(classroom(no), Ok(Audience::One), "{no}");
        }
        for other in ["", "2", "ja", "-1", "[true]", "y", "1.5", "{a=1}"] {
            let error = classroom(other).unwrap_err();
            assert!(error.starts_with("ROCKET_CLASSROOM: "), "{other}: {error}");
        }
    }

    #[test]
    fn a_host_is_known_by_its_name_and_by_its_port_where_one_is_given() {
        let settings = settings(
            "hosts = \"class.example https://tls.example, 10.0.0.1:8000 [::1]:8000\"",
        )
        .unwrap();
        for (host, tls) in [
            ("class.example", false),
            ("class.example:8000", false),
            ("Class.Example", false),
            ("tls.example", true),
            ("10.0.0.1:8000", false),
            ("[::1]:8000", false),
        ] {
            let name = settings.name(host).unwrap_or_else(|| panic!("{host}"));
            assert_eq!(name.tls, tls, "{host}");
        }
        for host in [
            "",
            "example",
            "evil.class.example",
            "class.example.evil",
            "10.0.0.1",
            "10.0.0.1:8001",
            "class.example:x",
            "[::1]",
        ] {
            assert_eq!(settings.name(host), None, "{host}");
        }
    }

    #[test]
    fn what_is_no_name_of_a_server_is_an_error() {
        for text in ["*", "ftp://a", "a/b", "https://", "http://a/b", "a@b", ""] {
            let error = settings(&format!("hosts = {text:?}")).unwrap_err();
            assert!(error.starts_with("ROCKET_HOSTS: "), "{text}: {error}");
        }
        assert!(settings("hosts = 7").is_err());
        assert!(settings("hosts = [\"a\", \"b:80\"]").is_ok());
    }

    #[test]
    fn only_loopback_names_are_this_machine() {
        for host in [
            "127.0.0.1:8000",
            "localhost",
            "localhost:1",
            "[::1]:8000",
            "127.9.9.9",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8000",
            "192.168.1.2:8000",
            "127.0.0.1.evil.example",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
