//! `${NAME}` and `${NAME:-default}` in values.

use crate::read::Cx;
use crate::yaml::{Kind, Node};

/// Puts variables into every scalar of the tree, except under the key `skip` at its top.
pub(crate) fn fill(
    node: &mut Node,
    cx: &mut Cx,
    env: &dyn Fn(&str) -> Option<String>,
    skip: Option<&str>,
) {
    let spot = node.spot;
    match &mut node.kind {
        Kind::Scalar { text, .. } => {
            if text.contains("${") {
                match filled(text, env) {
                    Ok(new) => *text = new,
                    Err(message) => {
                        let help = "write ${NAME:-default} to go on without it, $${ for the signs \
                                    themselves";
                        cx.at(spot, "variable", message, Some(help.to_owned()));
                    }
                }
            }
        }
        Kind::List(items) => items.iter_mut().for_each(|item| fill(item, cx, env, None)),
        Kind::Map(entries) => {
            for (key, value) in entries {
                if skip != Some(key.name.as_str()) {
                    fill(value, cx, env, None);
                }
            }
        }
    }
}

fn filled(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(before) = before.strip_suffix('$') {
            out.push_str(before);
            out.push_str("${");
            rest = after;
            continue;
        }
        out.push_str(before);
        let (inner, tail) = after
            .split_once('}')
            .ok_or_else(|| "`${` without its `}`".to_owned())?;
        let (name, default) = match inner.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inner, None),
        };
        let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(good) {
            return Err(format!("`{name}` is no name of a variable"));
        }
        let value = env(name).filter(|v| !v.is_empty());
        match value.as_deref().or(default) {
            Some(value) => out.push_str(value),
            None => return Err(format!("the environment variable {name} is not set")),
        }
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn variables_defaults_and_escapes() {
        let env = |name: &str| (name == "A").then(|| "1".to_owned());
        assert_eq!(filled("x${A}y", &env).unwrap(), "x1y");
        assert_eq!(filled("${B:-z}${A:-q}", &env).unwrap(), "z1");
        assert_eq!(filled("$${A}", &env).unwrap(), "${A}");
        assert_eq!(filled("${B:-}", &env).unwrap(), "");
        for bad in ["${B}", "${", "${A B}", "${}"] {
            assert!(filled(bad, &env).is_err(), "{bad}");
        }
    }
}
