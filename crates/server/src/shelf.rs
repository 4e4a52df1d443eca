//! A file of the data folder that is replaced whole: what the silence detector learned.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;

use oneroof_ingest::Shelf;

/// Largest file that is read, bytes: more than is ever written. 64 MB.
const MAX_BYTES: u64 = 64_000_000;

/// A file.
pub(crate) struct FileShelf(pub PathBuf);

impl Shelf for FileShelf {
    fn fetch(&self) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(&self.0) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        // What is cut off here is no whole file any more, and is told so by whoever reads it.
        file.take(MAX_BYTES).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn put(&self, bytes: &[u8]) -> io::Result<()> {
        let beside = self.0.with_extension("new");
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_fetched_and_a_half_written_one_is_never_seen() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = FileShelf(folder.path().join("silence.json"));
        assert_eq!(shelf.fetch().unwrap(), None);
        shelf.put(b"one").unwrap();
        fs::write(folder.path().join("silence.new"), b"half").unwrap();
        assert_eq!(shelf.fetch().unwrap(), Some(b"one".to_vec()));
        shelf.put(b"two").unwrap();
        assert_eq!(shelf.fetch().unwrap(), Some(b"two".to_vec()));
        let nowhere = FileShelf(folder.path().join("missing/silence.json"));
        assert!(nowhere.put(b"x").is_err());
    }
}
