//! The command line: runs `oneroof` to its end.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::server::binary;

/// What a command gave.
#[derive(Debug)]
pub struct Done {
    /// Exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Done {
    /// It ended well.
    ///
    /// # Panics
    /// Where it did not.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "often only the check is wanted"
    )]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self
    }

    /// Its output as JSON, one value a line.
    pub fn json_lines(&self) -> Vec<Value> {
        let json = |line: &str| serde_json::from_str(line).expect(line);
        self.out.lines().map(json).collect()
    }
}

/// Runs `oneroof` with these arguments.
pub fn oneroof<S: AsRef<str>>(args: &[S]) -> Done {
    oneroof_with_input(args, b"")
}

/// Runs `oneroof` with these arguments and this on its standard input.
pub fn oneroof_with_input<S: AsRef<str>>(args: &[S], input: &[u8]) -> Done {
    let mut child = Command::new(binary())
        .args(args.iter().map(AsRef::as_ref))
        .env_remove("ONEROOF_LISTEN")
        .env_remove("ONEROOF_DATA")
        .env_remove("RUST_LOG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A command that does not read its input closes it: no fault.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Done {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
