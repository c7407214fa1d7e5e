//! What a compiler and a server have said, with what a reader needs of it first.

/// What a server that ended said, with the lines that say why before all the others.
pub fn error_first(said: &str) -> String {
    let is_why =
        |line: &&str| line.starts_with("Error:") || line.contains("panicked at");
    let lines: Vec<&str> = said.lines().collect();
    let Some(at) = lines.iter().position(is_why) else {
        return said.to_owned();
    };
    let after = lines[at + 1..]
        .iter()
        .take_while(|line| !line.contains("backtrace") && !is_why(line));
    let why: Vec<&str> = [lines[at]].into_iter().chain(after.copied()).collect();
    format!(
        "{}\n{}\n\nAll that it said:\n{}",
        lines[0],
        why.join("\n"),
        lines[1..].join("\n")
    )
}

/// What the compiler can't know of Rocket: words of its message, and what they mean here.
const MEANINGS: [(&str, &str); 4] = [
    // `uri!(greet)` looks for this macro where `greet` is looked for.
    (
        "cannot find macro `rocket_uri_macro_",
        "uri! finds a handler by its path: one of another file with its module, as \
         uri!(session::greet), or after a `use` of that module.",
    ),
    (
        "expected struct, variant or union type, found function",
        "A handler that routes![] names has its attribute above it, as #[get(\"/guest\")].",
    ),
    (
        "Pin<Box<dyn Future",
        "What a guard gives comes later: write .await behind the call.",
    ),
    (
        "this method takes 1 argument but 2 arguments were supplied",
        "A cookie is one argument, a pair in brackets of its own: \
         add_private((\"name\", value)).",
    ),
];

/// What the compiler said, with what it can't know.
pub fn explained(said: &str) -> String {
    let meant = MEANINGS.iter().filter(|(words, _)| said.contains(words));
    let meant = meant.map(|(_, meaning)| format!("\n\n{meaning}"));
    format!("{}{}\n", said.trim_end(), meant.collect::<String>())
}

/// What a compiler that went on warned of, a line each, with its place.
pub fn warnings(said: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut lines = said.lines();
    while let Some(line) = lines.next() {
        let Some(warning) = line.strip_prefix("warning: ") else {
            continue;
        };
        // How many there were has no place.
        let place = lines
            .next()
            .and_then(|next| next.trim().strip_prefix("--> "));
        warnings.extend(place.map(|place| format!("{place}: {warning}")));
    }
    warnings
}
