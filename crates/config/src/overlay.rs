//! One folder laid over another.

use crate::yaml::{Kind, Node};

/// Keys by which entries of a list are known, in the order in which they are looked for.
const IDENTITIES: [&str; 2] = ["id", "code"];

/// Lays `over` on `base`: mappings key by key, lists of entries that have an id by that id, all else replaced.
pub(crate) fn lay(base: Node, over: Node) -> Node {
    let Node { spot, bytes, kind } = base;
    match (kind, over) {
        (
            Kind::Map(mut entries),
            Node {
                kind: Kind::Map(news),
                ..
            },
        ) => {
            for (key, value) in news {
                match entries.iter().position(|(k, _)| k.name == key.name) {
                    Some(at) => {
                        let (old_key, old) = entries.swap_remove(at);
                        entries.push((old_key, lay(old, value)));
                        let last = entries.len() - 1;
                        entries.swap(at, last);
                    }
                    None => entries.push((key, value)),
                }
            }
            Node {
                spot,
                bytes,
                kind: Kind::Map(entries),
            }
        }
        (
            Kind::List(mut items),
            Node {
                kind: Kind::List(news),
                ..
            },
        ) if news.iter().all(|n| identity(n).is_some())
            && items.iter().all(|n| identity(n).is_some()) =>
        {
            for value in news {
                match items.iter().position(|n| identity(n) == identity(&value)) {
                    Some(at) => {
                        let old = items.swap_remove(at);
                        items.push(lay(old, value));
                        let last = items.len() - 1;
                        items.swap(at, last);
                    }
                    None => items.push(value),
                }
            }
            Node {
                spot,
                bytes,
                kind: Kind::List(items),
            }
        }
        (_, over) => over,
    }
}

/// What an entry of a list is known by.
fn identity(node: &Node) -> Option<&str> {
    IDENTITIES.iter().find_map(|key| node.get(key)?.text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    fn laid(base: &str, over: &str) -> Node {
        lay(parse(0, base).unwrap(), parse(1, over).unwrap())
    }

    #[test]
    fn mappings_are_merged_key_by_key() {
        let node = laid("a: {x: 1, y: 2}\nb: 3\n", "a: {y: 5, z: 6}\n");
        let at = |path: &[&str]| node.path(path).and_then(Node::text).map(str::to_owned);
        assert_eq!(at(&["a", "x"]).as_deref(), Some("1"));
        assert_eq!(at(&["a", "y"]).as_deref(), Some("5"));
        assert_eq!(at(&["a", "z"]).as_deref(), Some("6"));
        assert_eq!(at(&["b"]).as_deref(), Some("3"));
        assert_eq!(
            node.path(&["a", "y"]).unwrap().spot.file,
            1,
            "a fault is told in the overlay"
        );
    }

    #[test]
    fn entries_with_an_id_are_changed_or_added_in_place() {
        let node = laid(
            "u:\n - {id: A, n: 1}\n - {id: B, n: 2}\n",
            "u:\n - {id: A, n: 9}\n - {id: C, n: 3}\n",
        );
        let list: Vec<_> = node
            .get("u")
            .unwrap()
            .items()
            .iter()
            .map(|n| {
                format!(
                    "{}{}",
                    n.get("id").unwrap().text().unwrap(),
                    n.get("n").unwrap().text().unwrap()
                )
            })
            .collect();
        assert_eq!(list, ["A9", "B2", "C3"]);
    }

    #[test]
    fn an_empty_list_takes_the_overlays_entries_and_plain_lists_are_replaced() {
        let node = laid("u: []\nl: [uk, en]\n", "u:\n - {id: A}\nl: [en]\n");
        assert_eq!(node.get("u").unwrap().items().len(), 1);
        assert_eq!(node.get("l").unwrap().items().len(), 1);
    }
}
