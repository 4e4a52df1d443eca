//! The files that put `OneRoof` onto a machine, checked as text: nothing here needs Docker or systemd.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test says what is wrong by panicking, and its skips by printing them"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The settings of a unit: section and name to all its values.
fn unit() -> BTreeMap<(String, String), Vec<String>> {
    let mut settings: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut section = String::new();
    for line in read("dist/oneroof.service").lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            name.clone_into(&mut section);
            continue;
        }
        let (name, value) = line
            .split_once('=')
            .unwrap_or_else(|| panic!("no setting: {line}"));
        settings
            .entry((section.clone(), name.to_owned()))
            .or_default()
            .push(value.to_owned());
    }
    settings
}

fn setting(section: &str, name: &str) -> String {
    let values = unit()
        .remove(&(section.to_owned(), name.to_owned()))
        .unwrap_or_default();
    assert_eq!(
        values.len(),
        1,
        "[{section}] {name} is there {} times",
        values.len()
    );
    values.into_iter().next().unwrap()
}

#[test]
fn the_unit_runs_as_a_user_of_its_own_without_a_way_to_more_rights() {
    assert_eq!(setting("Service", "User"), "oneroof");
    assert_eq!(setting("Service", "CapabilityBoundingSet"), "");
    assert_eq!(setting("Service", "ProtectSystem"), "strict");
    for name in [
        "NoNewPrivileges",
        "ProtectHome",
        "PrivateTmp",
        "PrivateDevices",
        "RestrictSUIDSGID",
    ] {
        assert_eq!(setting("Service", name), "yes", "{name}");
    }
}

#[test]
fn the_unit_may_write_only_where_its_data_is() {
    let directory = setting("Service", "StateDirectory");
    let environment = setting("Service", "Environment");
    assert!(
        environment.contains(&format!("ONEROOF_DATA=/var/lib/{directory}")),
        "{environment}"
    );
    assert!(!unit().contains_key(&("Service".to_owned(), "ReadWritePaths".to_owned())));
}

#[test]
fn compose_uses_the_hosts_network_and_keeps_the_data_in_a_volume() {
    let compose: Value = serde_saphyr::from_str(&read("docker-compose.yml")).unwrap();
    let service = &compose["services"]["oneroof"];
    assert_eq!(service["network_mode"], "host");
    assert!(
        service["ports"].is_null(),
        "ports mean nothing on the host's network"
    );
    assert_eq!(service["read_only"], true);
    let volumes: Vec<&str> = service["volumes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(volumes.contains(&"data:/var/lib/oneroof"), "{volumes:?}");
    assert!(compose["volumes"].get("data").is_some());
}

#[test]
fn the_image_runs_as_a_user_and_copies_only_what_is_there() {
    let text = read("Dockerfile");
    let after_build = text.rsplit("\nFROM ").next().unwrap();
    assert!(
        after_build.lines().any(|line| line == "USER oneroof"),
        "{after_build}"
    );
    for line in text
        .lines()
        .filter(|line| line.starts_with("COPY ") && !line.contains("--from="))
    {
        let source = line.split_whitespace().nth(1).unwrap();
        assert!(root().join(source).exists(), "{line}");
    }
}

/// The command lines with which the files start the binary, without its path.
fn command_lines() -> Vec<Vec<String>> {
    let words = |line: &str| line.split_whitespace().skip(1).map(str::to_owned).collect();
    let mut lines: Vec<Vec<String>> = vec![
        words(&setting("Service", "ExecStart")),
        words(&setting("Service", "ExecStartPre")),
    ];
    let dockerfile = read("Dockerfile");
    let command = dockerfile
        .lines()
        .find_map(|line| line.strip_prefix("CMD "))
        .unwrap();
    lines.push(serde_json::from_str(command).unwrap());
    lines
}

#[test]
fn the_image_and_the_unit_start_the_server_in_the_same_way() {
    let lines = command_lines();
    assert_eq!(lines[0], lines[2]);
    assert_eq!(lines[0].first().map(String::as_str), Some("serve"));
}

#[test]
fn the_binary_knows_each_subcommand_and_flag_that_the_files_use() {
    let Some(binary) = std::env::var_os("ONEROOF_BIN").filter(|path| Path::new(path).exists())
    else {
        println!("SKIPPED flags in unit and image: ONEROOF_BIN names no built binary");
        return;
    };
    for line in command_lines() {
        let help = Command::new(&binary)
            .args([line[0].as_str(), "--help"])
            .output()
            .unwrap();
        assert!(help.status.success(), "`oneroof {} --help` fails", line[0]);
        let help = String::from_utf8(help.stdout).unwrap();
        for flag in line.iter().filter(|word| word.starts_with("--")) {
            assert!(
                help.contains(flag.as_str()),
                "`oneroof {}` has no {flag}",
                line[0]
            );
        }
    }
}

#[test]
fn the_licence_is_the_text_of_eupl_1_2() {
    let text = read("LICENSE");
    assert!(text.starts_with("EUROPEAN UNION PUBLIC LICENCE v. 1.2"));
    assert!(text.contains("15.Applicable Law") && text.contains("Appendix"));
}

#[test]
fn locks_of_npm_name_no_host_and_give_a_digest_for_each_package() {
    for path in ["web/package-lock.json", "tests/web/package-lock.json"] {
        let lock: Value = serde_json::from_str(&read(path)).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        assert!(packages.len() > 1, "{path} holds no packages");
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            assert!(
                package["resolved"].is_null(),
                "{path}: {name} is bound to a host"
            );
            let digest = package["integrity"].as_str().unwrap_or_default();
            assert!(
                digest.starts_with("sha512-"),
                "{path}: {name} has no digest"
            );
        }
    }
}
