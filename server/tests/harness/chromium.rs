//! Chromium by way of chromedriver: WebDriver (<https://www.w3.org/TR/webdriver2/>)
//! is JSON over HTTP, and these tests need a dozen of its commands.

use exchange::play::http::{Limits, send};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// chromedriver on a free port, ended when it is dropped.
pub struct Driver {
    process: Child,
    address: SocketAddr,
    /// Its browsers' temporary files, which they leave behind.
    temporary: PathBuf,
}

impl Driver {
    /// Starts it, or says why there is none.
    pub fn start() -> Result<Driver, String> {
        // In the system's own folder, since a browser has a socket there, whose
        // path must be short.
        let name = format!("chromium-{}", std::process::id());
        let temporary = std::env::temp_dir().join(name);
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .env("TMPDIR", &temporary)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("chromedriver does not start ({error})"))?;
        fs::create_dir_all(&temporary).map_err(|error| error.to_string())?;
        let stdout = process.stdout.take().ok_or("chromedriver says nothing")?;
        let port: u16 = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, port) = line.split_once("started successfully on port ")?;
                port.trim_end_matches('.').parse().ok()
            })
            .ok_or("chromedriver names no port")?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Ok(Driver {
            process,
            address,
            temporary,
        })
    }

    /// A fresh browser with one tab, with JavaScript or without.
    pub fn open(&self, javascript: bool) -> Result<Tab<'_>, String> {
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--force-prefers-reduced-motion",
            "--window-size=1280,900",
        ];
        // 2 is Chromium's word for "block".
        let scripts = if javascript { 1 } else { 2 };
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": {
                "args": args,
                "prefs": { "profile.managed_default_content_settings.javascript": scripts },
            },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let session = self.command("POST", "/session", &wanted)?;
        let id = session["sessionId"].as_str().ok_or("no session")?;
        Ok(Tab {
            driver: self,
            session: format!("/session/{id}"),
        })
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let body = match method {
            "POST" => body.to_string(),
            _ => String::new(),
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let limits = Limits {
            time: Duration::from_secs(60),
            body: 64 * 1024 * 1024,
            ..Limits::default()
        };
        let response = send(self.address, method, request.as_bytes(), &limits)
            .map_err(|error| format!("chromedriver: {error}"))?;
        let mut answer: Value = serde_json::from_slice(&response.body)
            .map_err(|error| format!("chromedriver: {error}"))?;
        match response.status {
            200 => Ok(answer["value"].take()),
            _ => Err(format!("{method} {path}: {}", answer["value"]["message"])),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.temporary);
    }
}

/// A browser, closed when it is dropped.
pub struct Tab<'d> {
    driver: &'d Driver,
    session: String,
}

impl Drop for Tab<'_> {
    fn drop(&mut self) {
        let _ = self.command("DELETE", "", json!({}));
    }
}

impl Tab<'_> {
    fn command(&self, method: &str, path: &str, body: Value) -> Result<Value, String> {
        let path = format!("{}{path}", self.session);
        self.driver.command(method, &path, &body)
    }

    /// Opens the address and waits until the page is loaded.
    pub fn go(&self, url: &str) -> Result<(), String> {
        self.command("POST", "/url", json!({ "url": url }))?;
        Ok(())
    }

    /// The Back button, and waits for the page that it leads to.
    pub fn back(&self) -> Result<(), String> {
        self.command("POST", "/back", json!({}))?;
        self.settle()
    }

    /// The reload button; it sends a form again without asking.
    pub fn reload(&self) -> Result<(), String> {
        self.command("POST", "/refresh", json!({}))?;
        Ok(())
    }

    /// A command of Chromium's own protocol.
    fn devtools(&self, command: &str, params: Value) -> Result<(), String> {
        let body = json!({ "cmd": command, "params": params });
        self.command("POST", "/goog/cdp/execute", body)?;
        Ok(())
    }

    /// Makes the window this many CSS pixels wide; 360 is a phone.
    pub fn width(&self, width: u32) -> Result<(), String> {
        let metrics = json!({ "width": width, "height": 740, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
    }

    /// Has pages take the reader to want dark colors, or light ones.
    pub fn dark(&self, dark: bool) -> Result<(), String> {
        let value = if dark { "dark" } else { "light" };
        let feature = json!({ "name": "prefers-color-scheme", "value": value });
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [feature] }),
        )
    }

    /// Has pages take the reader to like what moves.
    pub fn motion(&self) -> Result<(), String> {
        let feature =
            json!({ "name": "prefers-reduced-motion", "value": "no-preference" });
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [feature] }),
        )
    }

    /// What a script returns.
    pub fn run(&self, script: &str) -> Result<Value, String> {
        let body = json!({ "script": script, "args": [] });
        self.command("POST", "/execute/sync", body)
    }

    /// What a script hands to the function that is its only argument.
    pub fn run_later(&self, script: &str) -> Result<Value, String> {
        let body = json!({ "script": script, "args": [] });
        self.command("POST", "/execute/async", body)
    }

    /// Waits until the script returns true, for at most ten seconds.
    pub fn wait_for(&self, script: &str) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.run(script)? != json!(true) {
            if Instant::now() > deadline {
                return Err(format!("waited in vain for: {script}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The value of one of the page's cookies, `HttpOnly` or not.
    pub fn cookie(&self, name: &str) -> Result<String, String> {
        let cookie = self.command("GET", &format!("/cookie/{name}"), json!({}))?;
        let value = cookie["value"].as_str().ok_or("no such cookie")?;
        Ok(value.to_owned())
    }

    /// Puts a cookie into the browser's jar for the page's host.
    pub fn set_cookie(&self, name: &str, value: &str) -> Result<(), String> {
        let cookie =
            json!({ "name": name, "value": value, "path": "/", "httpOnly": true });
        self.command("POST", "/cookie", json!({ "cookie": cookie }))?;
        Ok(())
    }

    /// What a script returns, as a list of texts.
    pub fn texts(&self, script: &str) -> Result<Vec<String>, String> {
        let value = self.run(script)?;
        let list = value.as_array().ok_or("the script returns no list")?;
        Ok(list
            .iter()
            .map(|text| text.as_str().unwrap_or_default().to_owned())
            .collect())
    }

    fn element(&self, selector: &str) -> Result<String, String> {
        let body = json!({ "using": "css selector", "value": selector });
        let found = self.command("POST", "/element", body)?;
        let id = found.as_object().and_then(|map| map.values().next());
        let id = id.and_then(Value::as_str).ok_or("no element")?;
        Ok(format!("/element/{id}"))
    }

    /// The text that is shown in an element.
    pub fn text(&self, selector: &str) -> Result<String, String> {
        let path = format!("{}/text", self.element(selector)?);
        let text = self.command("GET", &path, json!({}))?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Scrolls to it, clicks, and waits for the page that follows. The browser does the
    /// scrolling, with the padding that the page's style asks for: the driver's own way
    /// stops as soon as anything of the element is in the window, covered or not.
    pub fn click(&self, selector: &str) -> Result<(), String> {
        self.run(&format!(
            "document.querySelector({})?.scrollIntoView({{ block: 'nearest', behavior: 'instant' }})",
            json!(selector)
        ))?;
        let path = format!("{}/click", self.element(selector)?);
        self.command("POST", &path, json!({}))?;
        self.settle()
    }

    /// Types into a field.
    pub fn type_into(&self, selector: &str, text: &str) -> Result<(), String> {
        let path = format!("{}/value", self.element(selector)?);
        self.command("POST", &path, json!({ "text": text }))?;
        Ok(())
    }

    /// Presses keys, one after the other, wherever the focus is.
    pub fn press(&self, keys: &[&str]) -> Result<(), String> {
        let strokes: Vec<Value> = keys
            .iter()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key }))
            })
            .collect();
        let actions =
            json!({ "actions": [{ "type": "key", "id": "keys", "actions": strokes }] });
        self.command("POST", "/actions", actions)?;
        self.settle()
    }

    /// Waits until no page is on its way.
    fn settle(&self) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
            if self.texts("return [document.readyState]")? == ["complete"] {
                return Ok(());
            }
        }
        Err("the page does not finish loading".into())
    }

    /// What pages wrote to the console since the last look. This command is
    /// chromedriver's own.
    pub fn console(&self) -> Result<Vec<String>, String> {
        let log = self.command("POST", "/se/log", json!({ "type": "browser" }))?;
        let entries = log.as_array().ok_or("no console log")?;
        Ok(entries
            .iter()
            .map(|entry| entry["message"].to_string())
            .collect())
    }

    /// The window as a PNG.
    pub fn screenshot(&self) -> Result<Vec<u8>, String> {
        let image = self.command("GET", "/screenshot", json!({}))?;
        Ok(decode_base64(image.as_str().unwrap_or_default()))
    }
}

/// RFC 4648, section 4, for text that chromedriver wrote.
fn decode_base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 64] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text
        .bytes()
        .filter_map(|byte| ALPHABET.iter().position(|known| *known == byte));
    let digits: Vec<usize> = digits.collect();
    let mut bytes = Vec::with_capacity(digits.len());
    for group in digits.chunks(4) {
        let bits = group.iter().fold(0, |bits, digit| bits << 6 | digit)
            << (6 * (4 - group.len()));
        let whole = [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8];
        bytes.extend(&whole[..group.len() - 1]);
    }
    bytes
}
