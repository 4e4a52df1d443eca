//! Where a line goes on: a cursor, in memory or in a file over restarts. It moves only after what is before it is
//! durable, so a lost cursor costs duplicates and never a record.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;

use oneroof_ports::SourceError;

use crate::json_path::MAX_CURSOR;
use crate::pipe::failed;

/// A cursor and its file.
#[derive(Debug)]
pub(crate) struct Cursor {
    file: Option<PathBuf>,
    value: Option<String>,
}

impl Cursor {
    /// The cursor that the file holds, or `start`.
    ///
    /// # Errors
    /// Where there is a file and it cannot be read, or is too long.
    pub(crate) fn open(file: Option<&str>, start: Option<&str>) -> Result<Self, SourceError> {
        let file = file.map(PathBuf::from);
        let kept = match &file {
            None => None,
            Some(path) => read(path).map_err(|e| file_error(path, &e))?,
        };
        Ok(Self {
            file,
            value: kept.or_else(|| start.map(str::to_owned)),
        })
    }

    /// The cursor, where there is one.
    pub(crate) fn get(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// Moves it; what is in the file is the old one or the new one at every moment.
    ///
    /// # Errors
    /// Where the file cannot be written; the cursor is moved nevertheless.
    pub(crate) fn set(&mut self, value: String) -> Result<(), SourceError> {
        if self.value.as_ref() == Some(&value) {
            return Ok(());
        }
        let value = self.value.insert(value);
        match &self.file {
            None => Ok(()),
            Some(path) => write(path, value).map_err(|e| file_error(path, &e)),
        }
    }
}

/// A text with the cursor for `{cursor}`, as it stands within the quotes of a JSON text.
pub(crate) fn fill(template: &str, cursor: &str) -> String {
    let quoted = serde_json::Value::from(cursor).to_string();
    let inside = quoted
        .strip_prefix('"')
        .and_then(|t| t.strip_suffix('"'))
        .unwrap_or_default();
    template.replace("{cursor}", inside)
}

fn read(path: &PathBuf) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    let mut text = String::new();
    file.take(MAX_CURSOR as u64 + 1).read_to_string(&mut text)?;
    if text.len() > MAX_CURSOR {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok((!text.is_empty()).then_some(text))
}

fn write(path: &PathBuf, value: &str) -> io::Result<()> {
    let mut beside = path.clone().into_os_string();
    beside.push(".new");
    let mut file = File::create(&beside)?;
    file.write_all(value.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

fn file_error(path: &std::path::Path, error: &io::Error) -> SourceError {
    failed("cursor.file", format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_outlives_its_process_and_the_start_is_for_the_first_time_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cursor");
        let file = path.to_str();
        let mut cursor = Cursor::open(file, Some("0")).unwrap();
        assert_eq!(cursor.get(), Some("0"));
        cursor.set("17\n x".to_owned()).unwrap();
        let again = Cursor::open(file, Some("0")).unwrap();
        assert_eq!(again.get(), Some("17\n x"));
        assert_eq!(Cursor::open(None, None).unwrap().get(), None);
    }

    #[test]
    fn a_file_that_cannot_be_used_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let error = Cursor::open(folder.path().to_str(), None).unwrap_err();
        assert_eq!(error.code, "cursor.file");
        let gone = folder.path().join("none/cursor");
        let mut cursor = Cursor::open(gone.to_str(), None).unwrap();
        let error = cursor.set("1".to_owned()).unwrap_err();
        assert!(error.detail.contains("none/cursor"), "{}", error.detail);
        assert_eq!(cursor.get(), Some("1"));
        let long = folder.path().join("long");
        fs::write(&long, "x".repeat(MAX_CURSOR + 1)).unwrap();
        assert!(Cursor::open(long.to_str(), None).is_err());
    }
}
