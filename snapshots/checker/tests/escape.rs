//! Submissions that try to get out, and graders that are ended: what is outside a
//! submission's folder stays as it is and unread, and nothing outlives a run.

#![cfg(target_os = "linux")]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A class of one, `eve`, beside another submission with a secret in it.
struct Class {
    folder: PathBuf,
}

impl Class {
    fn new(name: &str) -> Class {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("escape")
            .join(name);
        let _ = fs::remove_dir_all(&folder);
        for place in ["class/eve", "other"] {
            fs::create_dir_all(folder.join(place)).expect("a folder");
        }
        fs::write(folder.join("other/secret"), "of another\n").expect("a file");
        Class { folder }
    }

    fn eve(&self) -> PathBuf {
        self.folder.join("class/eve")
    }

    /// `grade` with this line as what Eve handed in.
    fn command(&self, line: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snapshots"));
        command
            .arg("grade")
            .arg(self.folder.join("class"))
            .args([
                "session/remembered",
                "--start",
                line,
                "--start-timeout",
                "3",
            ])
            .arg("--out")
            .arg(self.folder.join("out"))
            .args(more)
            .env("A_TOKEN", "of the instructor's");
        command
    }

    fn grade(&self, line: &str, more: &[&str]) -> Output {
        let _ = fs::remove_dir_all(self.folder.join("out"));
        let output = self.command(line, more).output();
        output.expect("the command runs")
    }

    /// Makes what Eve hands in a package, with this program and this build script.
    fn package(&self, program: &str, script: &str) {
        let package = self.eve();
        fs::create_dir_all(package.join("src")).expect("a folder");
        let manifest =
            "[package]\nname = \"my-server\"\nedition = \"2024\"\n\n[workspace]\n";
        for (name, text) in [
            ("Cargo.toml", manifest),
            ("src/main.rs", program),
            ("build.rs", script),
        ] {
            fs::write(package.join(name), text).expect("a file");
        }
    }

    fn build(&self, more: &[&str]) -> Output {
        self.builds(more).output().expect("the command runs")
    }

    /// `grade` of a package.
    fn builds(&self, more: &[&str]) -> Command {
        let _ = fs::remove_dir_all(self.folder.join("out"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_snapshots"));
        command
            .arg("grade")
            .arg(self.folder.join("class"))
            .args(["session/remembered", "--start-timeout", "3", "--out"])
            .arg(self.folder.join("out"))
            .args(more);
        command
    }

    fn results(&self) -> String {
        self.out("results.jsonl")
    }

    fn out(&self, name: &str) -> String {
        file(&self.folder.join("out").join(name))
    }
}

/// The same as a user who may not do everything, where this one may: what is made
/// unreadable is unreadable then.
fn as_somebody(command: Command) -> Command {
    if !is_root() {
        return command;
    }
    let mut other = Command::new("setpriv");
    other.args(["--reuid=1000", "--regid=1000", "--clear-groups", "--"]);
    other.arg(command.get_program()).args(command.get_args());
    other
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("it runs");
    id.stdout == b"0\n"
}

/// Gives the class to that user; whether it can come as far as here.
fn give(class: &Class) -> bool {
    let _ = Command::new("chown")
        .args(["-R", "1000"])
        .arg(&class.folder)
        .status();
    let mut comes = Command::new(env!("CARGO_BIN_EXE_snapshots"));
    comes.arg("--version");
    let comes = as_somebody(comes)
        .output()
        .is_ok_and(|it| it.status.success());
    if !comes {
        eprintln!("LEFT OUT: an ordinary user does not come as far as this folder.");
    }
    comes
}

/// A server in Perl that answers each request with this, as Perl writes it.
fn answers_with(body: &str) -> String {
    format!(
        "perl -MIO::Socket::INET -e '$SIG{{PIPE}} = q(IGNORE); $| = 1; $s = IO::Socket::INET->new(Listen => 9, \
         LocalAddr => \"127.0.0.1:$ENV{{PORT}}\", ReuseAddr => 1) or die; \
         while (1) {{ $c = $s->accept or next; while (<$c>) {{ last if /^\\r/ }} $b = {body}; \
         print $c \"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\", \
         \"Content-Type: text/plain; charset=utf-8\\r\\n\", \
         \"Content-Length: \", length $b, \"\\r\\n\\r\\n\", $b; close $c }}'"
    )
}

/// Whether this machine lets bubblewrap do what it is for.
fn has_sandbox() -> bool {
    let works = checker::sandbox::Sandbox::default().works();
    if let Err(why) = &works {
        eprintln!("LEFT OUT: no sandbox. {why}");
    }
    works.is_ok()
}

fn file(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn a_submission_reads_and_writes_its_own_folder_and_nothing_of_anybodys() {
    if !has_sandbox() {
        return;
    }
    let class = Class::new("files");
    let outside = class.folder.join("outside");
    let secret = class.folder.join("other/secret");
    let home = std::env::var("HOME").unwrap_or_default();
    let line = format!(
        "touch inside; touch '{}'; cat '{}' > stolen; ls -A '{home}' > home; env > env; \
         cat /proc/*/environ | tr '\\0' '\\n' >> env; \
         mount -o remount,rw / 2> mount; unshare -U true 2> unshare; id -u > id",
        outside.display(),
        secret.display()
    );
    class.grade(&line, &[]);
    let eve = class.eve();
    assert!(eve.join("inside").exists());
    assert!(!outside.exists());
    assert_eq!(file(&eve.join("stolen")), "");
    assert_eq!(file(&eve.join("home")), "");
    let env = file(&eve.join("env"));
    assert!(env.contains("PORT=") && !env.contains("TOKEN"), "{env}");
    assert_ne!(file(&eve.join("mount")), "");
    assert_ne!(file(&eve.join("unshare")), "");
    assert_eq!(file(&eve.join("id")), "65534\n");
}

#[test]
fn a_build_reads_no_environment_but_its_own() {
    if !has_sandbox() {
        return;
    }
    let class = Class::new("environment");
    let script = "fn main() {\n    let mut all = Vec::new();\n    \
        for entry in std::fs::read_dir(\"/proc\").unwrap() {\n        \
        all.extend(std::fs::read(entry.unwrap().path().join(\"environ\")).unwrap_or_default());\n    \
        }\n    std::fs::write(\"environment\", all).unwrap();\n}\n";
    class.package("fn main() {}", script);
    let output = class.builds(&[]).env("A_TOKEN", "secret").output();
    let found = fs::read(class.eve().join("environment")).unwrap_or_default();
    let found = String::from_utf8_lossy(&found);
    assert!(found.contains("CARGO_HOME="), "{output:?}");
    assert!(!found.contains("A_TOKEN"), "{found}");
}

#[test]
fn a_submission_has_a_network_of_its_own_and_no_terminal() {
    if !has_sandbox() {
        return;
    }
    let class = Class::new("network");
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    other.set_nonblocking(true).expect("a socket");
    let port = other.local_addr().expect("an address").port();
    let line = format!(
        "bash -c 'echo GET / > /dev/tcp/127.0.0.1/{port}'; (: < /dev/tty) 2> tty; \
         grep -c : /proc/net/dev > devices"
    );
    class.grade(&line, &[]);
    assert!(other.accept().is_err(), "another's server was reached");
    assert_ne!(file(&class.eve().join("tty")), "");
    assert_eq!(file(&class.eve().join("devices")), "1\n");
}

#[test]
fn a_submission_makes_no_call_that_a_server_has_no_use_for() {
    if !has_sandbox() {
        return;
    }
    let class = Class::new("calls");
    // Whether a filter is there, by proc(5); and what perf_event_open says.
    let line = "grep Seccomp: /proc/self/status > filter; \
                perl -e 'syscall(298, 0, 0, 0, 0, 0); print $!+0' > perf; \
                perl -e 'syscall(0x40000000 + 39); print $!+0' > x32; \
                perl -e 'defined shmget(0, 4096, 0600) or print $!+0' > shared; \
                perl -e '$n = \"m\"; syscall(319, $n, 0) < 0 and print $!+0' > memory; \
                head -c 1 /dev/zero > /at-the-root; ls / > root";
    class.grade(line, &[]);
    assert_eq!(file(&class.eve().join("filter")), "Seccomp:\t2\n");
    // EPERM, also below.
    assert_eq!(file(&class.eve().join("shared")), "1");
    if cfg!(target_arch = "x86_64") {
        // Without the filter it is EFAULT, 14.
        assert_eq!(file(&class.eve().join("perf")), "1");
        assert_eq!(file(&class.eve().join("memory")), "1");
        // The same call by another number. Without the filter it is ENOSYS, 38.
        assert_eq!(file(&class.eve().join("x32")), "1");
    }
    let root = file(&class.eve().join("root"));
    assert!(
        root.contains("usr") && !root.contains("at-the-root"),
        "{root}"
    );
}

#[test]
fn a_right_server_in_the_sandbox_has_full_marks() {
    if !has_sandbox() {
        return;
    }
    let class = Class::new("right");
    let program = env!("CARGO_BIN_EXE_snapshots");
    // The gallery reads the book's exchanges.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = class.grade(
        &format!("exec '{program}' gallery right --port $PORT"),
        &[
            "--may-read",
            program,
            "--may-read",
            &root.join("snapshots").to_string_lossy(),
        ],
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("eve: 100 %"), "{said}{}", class.results());
}

#[test]
fn packages_of_one_name_are_each_graded_by_their_own_source() {
    let class = Class::new("names");
    let listens = "fn main() {\n    let port = std::env::var(\"PORT\").unwrap();\n    \
                   let all = std::net::TcpListener::bind(format!(\"127.0.0.1:{port}\")).unwrap();\n    \
                   for one in all.incoming() { drop(one) }\n}\n";
    for (name, source) in [("eve", listens), ("mallory", "fn main() { not Rust }\n")] {
        let package = class.folder.join("class").join(name);
        fs::create_dir_all(package.join("src")).expect("a folder");
        let manifest =
            "[package]\nname = \"my-server\"\nedition = \"2024\"\n\n[workspace]\n";
        fs::write(package.join("Cargo.toml"), manifest).expect("a manifest");
        fs::write(package.join("src/main.rs"), source).expect("a source");
    }
    // It was built long ago, as cargo sees it.
    let late = class.folder.join("class/mallory/src/main.rs");
    let long_ago =
        std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let source = fs::File::options()
        .write(true)
        .open(late)
        .expect("a source");
    source.set_modified(long_ago).expect("a time");
    let output = Command::new(env!("CARGO_BIN_EXE_snapshots"))
        .arg("grade")
        .arg(class.folder.join("class"))
        .args([
            "session/remembered",
            "--unsafe-no-sandbox",
            "--jobs",
            "1",
            "--out",
        ])
        .arg(class.folder.join("out"))
        .output()
        .expect("the command runs");
    let results = class.results();
    let of = |name: &str| {
        let name = format!("\"name\":\"{name}\"");
        let line = results.lines().find(|line| line.contains(&name));
        line.unwrap_or_else(|| panic!("{output:?}")).to_owned()
    };
    assert!(of("eve").starts_with("{\"error\":null"), "{results}");
    assert!(
        of("mallory").contains("error: expected one of"),
        "{results}"
    );
    let source = |name: &str| {
        of(name)
            .split("\"source\":\"")
            .nth(1)
            .map(|it| it[..64].to_owned())
    };
    assert!(
        source("eve").is_some() && source("eve") != source("mallory"),
        "{results}"
    );
}

#[test]
fn memory_that_is_in_use_is_bounded_and_address_space_is_not() {
    let class = Class::new("memory");
    let more = ["--unsafe-no-sandbox", "--memory", "100"];
    class.grade("head -c 400M /dev/zero | tail > /dev/null; sleep 3", &more);
    let results = class.results();
    assert!(results.contains("MiB in use; 100 are allowed"), "{results}");
}

#[test]
fn what_a_submission_writes_is_bounded_as_a_whole_and_given_back() {
    let mut ways: Vec<&[&str]> = vec![&["--unsafe-no-sandbox", "--disk", "60"]];
    if has_sandbox() {
        ways.push(&["--disk", "60"]);
    }
    for more in ways {
        let class = Class::new("disk");
        // Files, one that was handed in, and those without a name.
        fs::write(class.eve().join("data"), "handed in").expect("a file");
        for line in [
            "for i in 1 2 3 4 5 6 7 8; do head -c 10M /dev/zero > $i; done; sleep 3",
            "mkdir in; for i in 1 2 3; do head -c 25M /dev/zero > in/$i; done; sleep 3",
            "exec 7> 7 8> 8 9> 9; rm 7 8 9; \
             for i in 7 8 9; do head -c 25M /dev/zero >&$i; done; sleep 3",
        ] {
            class.grade(line, more);
            let results = class.results();
            assert!(
                results.contains("wrote more than 60 MiB"),
                "{more:?}: {line}: {results}"
            );
            let left = fs::read_dir(class.eve()).expect("a folder").flatten();
            let left: Vec<_> = left.map(|it| it.file_name()).collect();
            assert_eq!(left, ["data"], "{more:?}: {line}");
        }
        // What is within it stays.
        class.grade("head -c 10M /dev/zero > some; exit 1", more);
        assert!(class.results().contains("ended by itself"));
        assert!(class.eve().join("some").exists());
    }
}

#[test]
fn a_build_has_so_much_memory_and_disk_and_no_more() {
    if !has_sandbox() {
        return;
    }
    let class = Class::new("bounds");
    let sleeps = "std::thread::sleep(std::time::Duration::from_secs(9))";
    class.package(
        "fn main() {}",
        &format!(
            "fn main() {{ let much = vec![1_u8; 1 << 30]; {sleeps}; drop(much) }}"
        ),
    );
    let said = class.build(&["--build-memory", "600"]);
    let results = class.results();
    assert!(
        results.contains("The build was stopped. It had")
            && results.contains("600 are allowed"),
        "{results}{said:?}"
    );
    class.package(
        "fn main() {}",
        &format!(
            "fn main() {{ let out = std::env::var(\"OUT_DIR\").unwrap(); \
             for i in 0..3 {{ std::fs::write(format!(\"{{out}}/{{i}}\"), vec![1; 50 << 20]).unwrap() }} \
             {sleeps} }}"
        ),
    );
    class.build(&["--disk", "120"]);
    let results = class.results();
    assert!(
        results.contains("The build was stopped. It wrote more than 120 MiB"),
        "{results}"
    );
}

/// What a run says, and that it has an end.
fn ends(command: &mut Command) -> String {
    let mut run = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let ends = within(120, || run.try_wait().expect("a child").is_some());
    let _ = run.kill();
    let output = run.wait_with_output().expect("a child");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(ends, "it goes on and on. {said}");
    said
}

#[test]
fn no_file_of_a_submission_holds_the_run_up() {
    let program = env!("CARGO_BIN_EXE_snapshots");
    let serve = format!("exec '{program}' gallery right --port $PORT");
    // A queue that nobody writes into, a file without an end, one as long as can be.
    for file in [
        "mkfifo Rocket.toml",
        "ln -s /dev/zero Rocket.toml",
        "truncate -s 4T Rocket.toml",
    ] {
        let class = Class::new("queues");
        let line = format!("{file}; {serve}");
        let said = ends(&mut class.command(&line, &["--unsafe-no-sandbox"]));
        assert!(said.contains("eve: 100 %"), "{file}: {said}");
    }
}

#[test]
fn a_socket_that_takes_nobody_holds_no_run_up() {
    if !has_sandbox() {
        return;
    }
    let class = Class::new("backlog");
    // In place of what leads to the server: its queue is full, and nobody takes any.
    let script = "use Socket; my ($folder) = glob('/tmp/snapshots-*');\n\
        socket(my $all, AF_UNIX, SOCK_STREAM, 0); my $at = sockaddr_un(\"$folder/socket\");\n\
        bind($all, $at) or die $!; listen($all, 0);\n\
        socket(my $one, AF_UNIX, SOCK_STREAM, 0); connect($one, $at); sleep 60;\n";
    fs::write(class.eve().join("full.pl"), script).expect("a file");
    let said = ends(&mut class.command("exec perl full.pl", &["--retries", "0"]));
    assert!(said.contains("eve: 0 %"), "{said}");
    assert!(class.results().contains("does not listen"), "{said}");
}

#[test]
fn a_link_to_a_folder_is_not_what_was_handed_in() {
    let class = Class::new("link");
    let link = class.eve().join("work");
    std::os::unix::fs::symlink("../../other", &link).expect("a link");
    class.grade("touch here; exit 1", &["--unsafe-no-sandbox"]);
    assert!(!class.folder.join("other/here").exists());
    assert!(class.eve().join("here").exists(), "{}", class.results());
}

#[test]
fn threads_are_bounded() {
    let class = Class::new("threads");
    class.package(
        "fn main() { for _ in 0..3000.max(40 * std::thread::available_parallelism().unwrap().get()) { \
         std::thread::spawn(|| std::thread::sleep(std::time::Duration::from_secs(60))); } \
         std::thread::sleep(std::time::Duration::from_secs(60)) }",
        "fn main() {}",
    );
    class.build(&["--unsafe-no-sandbox", "--retries", "0"]);
    let results = class.results();
    assert!(results.contains(" threads."), "{results}");
}

#[test]
fn what_nobody_may_look_at_is_counted_and_given_back() {
    let class = Class::new("closed");
    if !give(&class) {
        return;
    }
    let line = "mkdir in; exec 7> in/7 8> in/8 9> in/9; chmod 444 in; \
                for i in 7 8 9; do head -c 25M /dev/zero >&$i; done; sleep 3";
    let more = ["--unsafe-no-sandbox", "--disk", "60", "--retries", "0"];
    let output = as_somebody(class.command(line, &more)).output();
    let results = class.results();
    assert!(results.contains("What it wrote"), "{output:?}{results}");
    assert!(!class.eve().join("in").exists(), "{results}");
}

#[test]
fn who_closes_a_folder_stops_nobody_from_going_on() {
    let class = Class::new("goes-on");
    if !give(&class) {
        return;
    }
    let line = "touch file; chmod 000 file; exit 1";
    let run = |more: &[&str]| {
        let all = [&["--unsafe-no-sandbox"], more].concat();
        let output = as_somebody(class.command(line, &all)).output();
        output.expect("it runs").status.code()
    };
    assert_eq!(run(&[]), Some(1), "{}", class.results());
    assert_eq!(run(&["--resume"]), Some(1), "{}", class.results());
    // Whoever did that by hand is told, and it is nobody else's matter.
    let closed = Command::new("chmod")
        .arg("000")
        .arg(class.eve().join("file"))
        .status();
    assert!(closed.is_ok_and(|it| it.success()));
    assert_eq!(run(&["--resume"]), Some(1), "{}", class.results());
    let _ = Command::new("chmod")
        .arg("700")
        .arg(class.eve().join("file"))
        .status();
}

#[test]
fn folders_in_one_another_are_given_back_however_deep() {
    let class = Class::new("deep");
    // Each chain is put to the end of the one before, so that no path gets too long.
    let line = "perl -e 'for $i (1 .. 70) { mkdir qq(c$i); chdir qq(c$i); \
                for (1 .. 400) { mkdir q(d); chdir q(d) } chdir q(../) for 1 .. 401; \
                $i > 1 and rename qq(c).($i - 1), qq(c$i/).(q(d/) x 400).q(d) }'; exit 1";
    let mut command = class.command(line, &["--unsafe-no-sandbox"]);
    let said = ends(&mut command);
    assert!(said.contains("eve: 0 %"), "{said}");
    assert!(class.out("class.html").contains("eve"), "{said}");
    let left = fs::read_dir(class.eve()).expect("a folder").count();
    assert_eq!(left, 0, "{said}");
}

#[test]
fn the_machines_own_settings_are_nobodys_to_write() {
    if !has_sandbox() {
        return;
    }
    let class = Class::new("settings");
    // What is there is written back, so that nothing changes where it can be.
    let line = "cat /proc/sys/vm/swappiness > value; \
                (cat value > /proc/sys/vm/swappiness) 2> why || echo no > said; \
                (echo 0 > /proc/self/oom_score_adj) 2> why-not || echo no > own; \
                (: 1<> /proc/1/mem) 2> why-neither || echo no > first";
    class.grade(line, &[]);
    assert_ne!(file(&class.eve().join("value")), "");
    assert_eq!(file(&class.eve().join("said")), "no\n");
    assert_eq!(file(&class.eve().join("own")), "no\n");
    // The first process is bubblewrap: whoever writes into it makes it forget to end.
    assert_eq!(file(&class.eve().join("first")), "no\n");
}

#[test]
fn the_folder_of_a_grader_that_was_killed_is_taken_away_by_the_next() {
    let class = Class::new("sweep");
    let name = format!("snapshots-socket-{}", std::process::id());
    let left = std::env::temp_dir().join(name);
    fs::create_dir_all(left.join("deep")).expect("a folder");
    class.grade("exit 1", &["--unsafe-no-sandbox"]);
    assert!(left.exists(), "it may be in use in a moment");
    let long_ago = Command::new("touch")
        .args(["-d", "1 hour ago"])
        .arg(&left)
        .status();
    assert!(long_ago.is_ok_and(|it| it.success()));
    let in_use = fs::File::open(&left).expect("a folder");
    in_use.lock().expect("a lock");
    class.grade("exit 1", &["--unsafe-no-sandbox"]);
    assert!(left.exists(), "it is in use");
    drop(in_use);
    // Where this user may give it to another.
    if is_root() {
        std::os::unix::fs::chown(&left, Some(1000), None).expect("it is given away");
        class.grade("exit 1", &["--unsafe-no-sandbox"]);
        assert!(left.exists(), "it is somebody else's");
        std::os::unix::fs::chown(&left, Some(0), None).expect("it is given back");
    }
    class.grade("exit 1", &["--unsafe-no-sandbox"]);
    assert!(!left.exists());
}

#[test]
fn a_long_answer_makes_no_long_report_and_none_that_is_no_xml() {
    let class = Class::new("answers");
    // A character that JSON writes as six, and one that is none of XML's.
    let line =
        answers_with("qq(\\x{ef}\\x{bf}\\x{bf}\\x{c2}\\x{9b}) . (chr(1) x 1000000)");
    class.grade(&line, &["--unsafe-no-sandbox"]);
    let results = class.results();
    assert!(results.contains("(cut here: it has"), "{}", results.len());
    assert!(results.len() < 2_000_000, "{}", results.len());
    assert!(!results.contains('\u{9b}'));
    let junit = class.out("junit.xml");
    assert!(junit.contains("<testcase") && !junit.contains('\u{ffff}'));
}

#[test]
fn a_name_that_a_terminal_would_obey_is_refused() {
    let class = Class::new("names-obeyed");
    let name = class.folder.join("class/\u{1b}]0;owned\u{7}");
    fs::create_dir(&name).expect("a folder");
    let output = class.grade("exit 1", &["--unsafe-no-sandbox"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(r"\u{1b}]0;owned"), "{said}");
}

#[test]
fn what_a_submission_prints_is_no_command_to_the_terminal() {
    let class = Class::new("print");
    let output = class.grade(
        r"printf '\033]0;owned\007\033[31mred\n'; exit 1",
        &["--unsafe-no-sandbox"],
    );
    for bytes in [&output.stdout, &output.stderr] {
        assert!(!bytes.contains(&0x1b), "{}", String::from_utf8_lossy(bytes));
    }
    let results = class.results();
    assert!(
        results.contains("red") && !results.contains("\\u001b"),
        "{results}"
    );
}

#[test]
fn what_the_run_can_not_do_is_no_mark() {
    let class = Class::new("run");
    let nowhere = class.folder.join("no-such-folder");
    let mut command = class.command("exit 1", &["--unsafe-no-sandbox"]);
    let output = command.env("TMPDIR", &nowhere).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("1 of the class could not be graded"),
        "{said}"
    );
    assert_eq!(class.results(), "");
    // Everybody of the class is in what is made of it, and this one without a mark.
    let gradebook = class.out("gradebook.csv");
    let row = gradebook.lines().nth(1).unwrap_or_default();
    assert!(row.starts_with("eve,,"), "{gradebook}");
    assert!(row.contains("not graded"), "{gradebook}");
    let page = class.out("class.html");
    assert!(page.contains("1 more could not be graded"), "{page}");
    // And the next run tries again.
    let output = class
        .command("exit 1", &["--unsafe-no-sandbox", "--resume"])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        class.results().contains("ended by itself"),
        "{}",
        class.results()
    );
    let page = class.out("class.html");
    assert!(!page.contains("could not be graded"), "{page}");
}

#[test]
fn a_mark_stays_until_there_is_a_new_one() {
    let class = Class::new("stays");
    class.grade("exit 1", &["--unsafe-no-sandbox"]);
    let before = class.results();
    assert!(before.contains("ended by itself"), "{before}");
    fs::write(class.eve().join("notes"), "handed in anew").expect("a file");
    let more = ["--unsafe-no-sandbox", "--only", "eve"];
    let nowhere = class.folder.join("no-such-folder");
    let mut command = class.command("exit 1", &more);
    let output = command.env("TMPDIR", &nowhere).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("keeps the mark that was there"), "{said}");
    assert_eq!(class.results(), before);
    let page = class.out("class.html");
    assert!(!page.contains("could not be graded"), "{page}");
}

#[test]
fn what_a_submission_prints_is_never_the_runs_fault() {
    let mut ways: Vec<&[&str]> = vec![&["--unsafe-no-sandbox"]];
    if has_sandbox() {
        ways.push(&[]);
    }
    for more in ways {
        let class = Class::new("words");
        let line = "echo 'bwrap: No space left on device'; exit 1";
        let output = class.grade(line, more);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let results = class.results();
        assert!(results.contains("ended by itself"), "{more:?}: {results}");
        // A build has as much to say.
        let class = Class::new("words");
        class.package(
            "fn main() {}",
            "fn main() { eprintln!(\"bwrap: No space left on device\"); panic!() }",
        );
        let output = class.build(more);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let results = class.results();
        assert!(results.contains("custom build"), "{more:?}: {results}");
    }
}

#[test]
fn a_sandbox_that_does_not_start_is_no_mark() {
    if !has_sandbox() {
        return;
    }
    let class = Class::new("starts");
    // It works when it is tried, and for no submission.
    let path = std::env::var("PATH").unwrap_or_default();
    let script = format!(
        "#!/bin/sh\nPATH='{path}'\ncase \"$*\" in *bridge*) exec bwrap --no-such-word;; \
         esac\nexec bwrap \"$@\"\n"
    );
    let program = class.folder.join("bwrap");
    fs::write(&program, script).expect("a script");
    let runs = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&program, runs).expect("a program");
    let mut command = class.command("exit 1", &[]);
    let path = format!("{}:{path}", class.folder.display());
    let output = command.env("PATH", path).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("no-such-word"), "{said}");
    assert_eq!(class.results(), "");
}

#[test]
fn a_disk_that_is_full_is_no_mark() {
    if !has_sandbox() {
        return;
    }
    let class = Class::new("full");
    let line = "head -c 30M /dev/zero > $TMPDIR/much; exit 1";
    let grader = class.command(line, &["--unsafe-no-sandbox"]);
    let output = Command::new("bwrap")
        .args(["--dev-bind", "/", "/", "--size", "20000000"])
        .arg("--tmpfs")
        .arg(class.folder.join("other"))
        .arg(grader.get_program())
        .args(grader.get_args())
        .env("TMPDIR", class.folder.join("other"))
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(class.results(), "");
}

#[test]
fn nobody_is_asked_for_crates_but_crates_io() {
    if !has_sandbox() {
        return;
    }
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    other.set_nonblocking(true).expect("a socket");
    let url = format!("http://{}/x", other.local_addr().expect("an address"));
    for named in [
        format!("[dependencies]\nx = {{ git = \"{url}\" }}\n"),
        format!("[patch.crates-io]\nx = {{ git = \"{url}\" }}\n"),
    ] {
        let class = Class::new("sources");
        class.package("fn main() {}", "fn main() {}");
        let manifest = class.eve().join("Cargo.toml");
        let text = file(&manifest) + &named;
        let line = text.lines().count();
        fs::write(&manifest, text).expect("a manifest");
        let output = class.build(&["--build-timeout", "20"]);
        assert!(other.accept().is_err(), "{named}: it was asked");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = format!(
            "class/eve/Cargo.toml:{line}: the crate `x` is to be got from {url}."
        );
        assert!(class.results().contains(&said), "{}", class.results());
    }
}

#[test]
fn a_crate_that_is_nowhere_is_no_fault_of_the_run() {
    if !has_sandbox() {
        return;
    }
    let class = Class::new("nowhere");
    class.package("fn main() {}", "fn main() {}");
    // A network in which there is no such crate, and none.
    let script = "#!/bin/sh\ncase \"$*\" in\n  *fetch*probe*) exit $PROBE;;\n  \
                  *fetch*) echo 'no matching package' >&2; exit 101;;\nesac\n\
                  exec cargo \"$@\"\n";
    let program = class.folder.join("cargo");
    fs::write(&program, script).expect("a script");
    let runs = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&program, runs).expect("a program");
    for (probe, status, has_result) in [("0", 1, true), ("101", 2, false)] {
        let output = class
            .builds(&[])
            .env("CARGO", &program)
            .env("PROBE", probe)
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(status), "{probe}: {output:?}");
        let results = class.results();
        assert_eq!(
            results.contains("no matching package"),
            has_result,
            "{results}"
        );
    }
    // What cargo can't read it can't read without a network, either.
    fs::write(class.eve().join("Cargo.toml"), "[package\n").expect("a manifest");
    let mut command = class.builds(&[]);
    let output = command.env("CARGO", &program).env("PROBE", "101").output();
    let output = output.expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn without_a_sandbox_nothing_is_started_unless_that_is_said() {
    let class = Class::new("none");
    let mut command = class.command("touch started; exit 1", &[]);
    // There is no bwrap on this path.
    let output = command.env("PATH", class.eve()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("--unsafe-no-sandbox"), "{said}");
    assert!(!class.eve().join("started").exists());
}

#[test]
fn nothing_outlives_a_grader_that_is_killed() {
    let mut ways: Vec<&[&str]> = vec![&["--unsafe-no-sandbox"]];
    if has_sandbox() {
        ways.push(&[]);
    }
    for (number, more) in ways.into_iter().enumerate() {
        let class = Class::new("killed");
        let mark = format!("{}.{number}", 1_000_000 + std::process::id());
        let mut grader = class
            .command(&format!("sleep {mark} & sleep {mark}"), more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        let words = format!("sleep {mark}");
        assert!(within(5, || running(&words) >= 2), "it did not start");
        grader.kill().expect("it is killed");
        grader.wait().expect("it ends");
        assert!(
            within(5, || running(&words) == 0),
            "{more:?}: it still runs"
        );
    }
}

/// How many processes have these words in their command.
fn running(words: &str) -> usize {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines =
        processes.map(|it| fs::read(it.path().join("cmdline")).unwrap_or_default());
    let texts = lines.map(|it| String::from_utf8_lossy(&it).replace('\0', " "));
    // A shell has the words, too, and other words around them.
    texts.filter(|text| text.trim() == words).count()
}

fn within(seconds: u64, mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        if holds() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

#[test]
fn a_kernel_that_makes_no_user_namespace_grades_nobody_until_it_does() {
    let class = Class::new("no-namespace");
    let grade = class.command("exec python3 -m http.server \"$PORT\"", &[]);
    // A namespace in which the kernel makes no more of them: for what runs in it, the
    // kernel of a hosted runner.
    let graded = |limit: &str| {
        let output = Command::new("unshare")
            .args(["--user", "--map-root-user", "sh", "-c"])
            .arg("echo \"$1\" > /proc/sys/user/max_user_namespaces && shift && exec \"$@\"")
            .args(["sh", limit])
            .arg(grade.get_program())
            .args(grade.get_args())
            .output()
            .expect("unshare runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    };
    let (code, said) = graded("0");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("There is no sandbox: "), "{said}");
    let next = "sudo sysctl -w user.max_user_namespaces=10000\n";
    assert!(said.contains(next), "{said}");
    assert!(!class.folder.join("out/gradebook.csv").exists());
    let (code, said) = graded("10");
    assert_eq!(code, Some(1), "{said}");
    assert!(class.folder.join("out/gradebook.csv").exists());
}
