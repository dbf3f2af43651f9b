//! The minimum Rust version against what the dependencies state as theirs.

use crate::json::Json;
use crate::workspace;

/// A version such as `1.88` or `1.88.0`.
type Version = [u32; 3];

/// Whether the workspace's `rust-version` is at least that of every package in the lock file.
pub(crate) fn check() -> Result<String, String> {
    let metadata = workspace::output_of(workspace::cargo("metadata --format-version 1 --locked"))?;
    compare(&Json::parse(&metadata)?)
}

fn compare(metadata: &Json) -> Result<String, String> {
    let packages = metadata.list("packages");
    let is_ours = |package: &&Json| package.text("source").is_none();
    let ours = packages
        .iter()
        .find(|package| package.text("name") == Some("ringway"));
    let ours = ours.and_then(|package| package.text("rust_version"));
    let ours = ours.ok_or("the package `ringway` states no rust-version")?;

    let mut problems = String::new();
    for member in packages.iter().filter(is_ours) {
        if member.text("rust_version") != Some(ours) {
            let name = member.text("name").unwrap_or_default();
            problems += &format!("\n  {name} does not state {ours}, as the workspace does");
        }
    }
    let (mut stating, mut silent) = (0, 0);
    for package in packages.iter().filter(|package| !is_ours(package)) {
        let Some(theirs) = package.text("rust_version") else {
            silent += 1;
            continue;
        };
        stating += 1;
        if parse(theirs)? > parse(ours)? {
            let name = package.text("name").unwrap_or_default();
            let version = package.text("version").unwrap_or_default();
            problems += &format!("\n  {name} {version} needs Rust {theirs}");
        }
    }
    if problems.is_empty() {
        Ok(format!(
            "Rust {ours} satisfies {stating} dependencies; {silent} state no version"
        ))
    } else {
        Err(format!("rust-version is {ours}, but:{problems}"))
    }
}

fn parse(text: &str) -> Result<Version, String> {
    let mut version = [0; 3];
    for (index, part) in text.split('.').enumerate() {
        let number = part.parse().ok().zip(version.get_mut(index));
        let (number, place) = number.ok_or_else(|| format!("`{text}` is no Rust version"))?;
        *place = number;
    }
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(dependency: &str) -> Json {
        let ours = r#"{"name":"ringway","source":null,"rust_version":"1.88"}"#;
        Json::parse(&format!(r#"{{"packages":[{ours},{dependency}]}}"#)).unwrap()
    }

    #[test]
    fn compares_by_number() {
        assert!(parse("1.9").unwrap() < parse("1.88.0").unwrap());
        assert!(parse("1.88.x").is_err() && parse("1.2.3.4").is_err());
    }

    #[test]
    fn names_a_dependency_that_needs_more() {
        let newer = metadata(r#"{"name":"x","version":"2","source":"s","rust_version":"1.88.1"}"#);
        assert!(
            compare(&newer)
                .unwrap_err()
                .contains("x 2 needs Rust 1.88.1")
        );
        let older = metadata(r#"{"name":"x","version":"2","source":"s","rust_version":"1.60"}"#);
        compare(&older).unwrap();
    }

    #[test]
    fn names_a_member_that_states_none() {
        let member = metadata(r#"{"name":"y","source":null,"rust_version":null}"#);
        assert!(
            compare(&member)
                .unwrap_err()
                .contains("y does not state 1.88")
        );
    }
}
