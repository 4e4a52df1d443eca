//! Writing XML: elements with texts, escaped, indented by two blanks, in memory.

/// Writes one document; the caller opens and closes elements in order.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    text: String,
    open: Vec<&'static str>,
}

impl Writer {
    /// A document with its XML declaration (XML 1.0, 2.8), in UTF-8.
    pub(crate) fn new() -> Self {
        Self {
            text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
            open: Vec::new(),
        }
    }

    /// Begins an element; `attributes` is written as it is, with a blank before it where it is not empty.
    pub(crate) fn begin(&mut self, name: &'static str, attributes: &str) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        if !attributes.is_empty() {
            self.text.push(' ');
            self.text.push_str(attributes);
        }
        self.text.push_str(">\n");
        self.open.push(name);
    }

    /// Ends the element that was begun last.
    pub(crate) fn end(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.close(name);
        }
    }

    /// An element with a text in it.
    pub(crate) fn leaf(&mut self, name: &'static str, text: &str) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        self.text.push('>');
        escape(text, &mut self.text);
        self.close(name);
    }

    /// An element with a text in it, where there is one.
    pub(crate) fn leaf_if(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.leaf(name, text);
        }
    }

    /// The document; elements that are still open are ended.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.end();
        }
        self.text
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.text.push_str("  ");
        }
    }

    fn close(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }
}

/// A text with what XML reserves written as entities (XML 1.0, 2.4), and without the characters that it does not allow
/// at all (2.2).
fn escape(text: &str, to: &mut String) {
    for c in text.chars() {
        match c {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '\r' => to.push_str("&#13;"),
            '\t' | '\n' => to.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => to.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was_meant() {
        let mut writer = Writer::new();
        writer.begin("a", "xmlns=\"urn:x\"");
        writer.leaf("b", "1 < 2 & \"so\" on\u{1}\r\n]]>");
        writer.leaf_if("c", None);
        writer.begin("d", "");
        let text = writer.finish();
        let root = crate::xml::parse(&text).unwrap().unwrap();
        assert_eq!(root.children[0].text, "1 < 2 & \"so\" on\r\n]]>");
        assert_eq!(root.children[1].name, "d");
        assert_eq!(root.children.len(), 2);
    }
}
