//! Gathers the parts of the web client into the folder that a server hands out.
//!
//! What a page names gets a name with its digest in it and may be kept by a browser for ever. What the
//! client asks for by itself while it runs (`assets/`) keeps its name. What it loads only on demand (`web/js/lazy/`, and
//! what of npm goes with that) has its address in a `meta` of the page, for `web/js/lazy.js`. In `web/index.html` the comment
//! `<!-- oneroof:head -->` becomes the style sheet and the preloads, `<!-- oneroof:boot -->` the scripts.
//! The page has no script or style of its own, so a strict content security policy fits it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::manifest::{self, File, Manifest};
use super::{Mode, OUT_NAME, files, fonts};
use crate::repo::Repo;
use crate::run::{Stopwatch, note, step};

/// Raised whenever this code would make another folder of the same inputs.
const FORMAT: u32 = 4;

/// What of npm is loaded on demand: its name for `web/js/lazy.js`, and its file.
const LAZY_PACKAGES: &[(&str, &str)] = &[("milsymbol", "milsymbol/dist/milsymbol.js")];

/// What the page says when the client can't start.
const BOOT_FAILED: &str =
    "OneRoof: цей браузер не може запустити застосунок / this browser can't start the application";

/// A file to be written.
struct Part {
    logical: String,
    path: String,
    bytes: Vec<u8>,
}

/// The parts collected so far.
#[derive(Default)]
struct Bundle {
    parts: Vec<Part>,
}

impl Bundle {
    /// Adds a file under a name with its digest; gives its address.
    fn hashed(&mut self, logical: &str, bytes: Vec<u8>) -> String {
        let path = files::hashed_name(logical, &bytes);
        let address = format!("/{path}");
        self.parts.push(Part {
            logical: logical.to_owned(),
            path,
            bytes,
        });
        address
    }

    /// Adds a file under the name that it has.
    fn plain(&mut self, logical: &str, bytes: Vec<u8>) {
        self.parts.push(Part {
            logical: logical.to_owned(),
            path: logical.to_owned(),
            bytes,
        });
    }

    /// Digest over all names and contents.
    fn digest(&self) -> String {
        let mut text = format!("{FORMAT}\n");
        for part in &self.parts {
            // Writing to a `String` can't fail.
            writeln!(text, "{} {}", part.path, files::digest(&part.bytes)).ok();
        }
        files::digest(text.as_bytes())
    }
}

/// Writes the folder, unless it is there already from the same inputs; gives its manifest.
pub(super) fn write(repo: &Repo, mode: Mode, bound: &Path) -> Result<Manifest> {
    let bundle = collect(repo, mode, bound)?;
    let inputs = bundle.digest();
    if let Ok(old) = Manifest::read(&repo.web_dist)
        && old.inputs == inputs
        && old.mode == mode.word()
    {
        note("the folder is up to date");
        return Ok(old);
    }
    step("Packing");
    let watch = Stopwatch::start();
    let fresh = repo.web_dist.with_extension("new");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh)
            .with_context(|| format!("{} is in the way", fresh.display()))?;
    }
    let mut manifest = Manifest {
        mode: mode.word().to_owned(),
        inputs,
        files: Vec::new(),
    };
    for part in &bundle.parts {
        manifest.files.push(write_part(&fresh, mode, part)?);
    }
    manifest.files.sort_by(|a, b| a.path.cmp(&b.path));
    let text = serde_json::to_vec_pretty(&manifest).context("manifest")?;
    files::write(&fresh.join(manifest::FILE_NAME), &text)?;
    if repo.web_dist.exists() {
        std::fs::remove_dir_all(&repo.web_dist)
            .with_context(|| format!("{} is in the way", repo.web_dist.display()))?;
    }
    std::fs::rename(&fresh, &repo.web_dist)
        .with_context(|| format!("{} can't be renamed", fresh.display()))?;
    note(&format!("packed in {}", watch.words()));
    Ok(manifest)
}

fn write_part(dist: &Path, mode: Mode, part: &Part) -> Result<File> {
    let target = dist.join(&part.path);
    files::write(&target, &part.bytes)?;
    let mut file = File {
        logical: part.logical.clone(),
        path: part.path.clone(),
        content_type: content_type(&part.path).to_owned(),
        immutable: part.path != part.logical,
        sha256: files::digest(&part.bytes),
        bytes: part.bytes.len(),
        gzip_bytes: None,
        brotli_bytes: None,
    };
    let gzip = files::gzip(&part.bytes)?;
    if gzip.len() >= part.bytes.len() / 20 * 19 {
        return Ok(file);
    }
    files::write(&dist.join(format!("{}.gz", part.path)), &gzip)?;
    file.gzip_bytes = Some(gzip.len());
    if mode == Mode::Release {
        let brotli = files::brotli(&part.bytes)?;
        files::write(&dist.join(format!("{}.br", part.path)), &brotli)?;
        file.brotli_bytes = Some(brotli.len());
    }
    Ok(file)
}

fn collect(repo: &Repo, mode: Mode, bound: &Path) -> Result<Bundle> {
    let web = repo.web();
    let node_modules = web.join("node_modules");
    let mut bundle = Bundle::default();

    let mut style = style_sheet(&mut bundle, &web, &node_modules)?;
    if mode == Mode::Guide {
        style.push_str(&files::read_text(&web.join("guide/guide.css"))?);
    }
    let style = bundle.hashed("style.css", style.into_bytes());

    let leaflet = without_source_map(&files::read_text(
        &node_modules.join("leaflet/dist/leaflet.js"),
    )?);
    let mut scripts = vec![bundle.hashed("leaflet.js", leaflet.into_bytes())];
    let (client, module, bound_scripts) = client(&mut bundle, bound)?;
    let mut lazy = Vec::new();
    for path in files::walk(&web.join("js"))? {
        let logical = files::relative(&web, &path);
        if let Some(name) = logical.strip_prefix(manifest::LAZY) {
            if let Some(name) = name.strip_suffix(".js") {
                let address = bundle.hashed(&logical, files::read(&path)?);
                lazy.push((name.to_owned(), address));
            }
            continue;
        }
        // What Rust imports by itself comes through wasm-bindgen, as a module.
        if files::ending(&logical) == "js" && !bound_scripts.contains(&logical) {
            scripts.push(bundle.hashed(&logical, files::read(&path)?));
        }
    }
    for (name, file) in LAZY_PACKAGES {
        let script = without_source_map(&files::read_text(&node_modules.join(file))?);
        let logical = format!("{}{name}.js", manifest::LAZY);
        lazy.push((
            (*name).to_owned(),
            bundle.hashed(&logical, script.into_bytes()),
        ));
    }
    let boot = bundle.hashed("boot.js", boot_script(&client, &module).into_bytes());

    for path in files::walk(&web.join("assets"))? {
        let logical = files::relative(&web, &path);
        if files::ending(&logical) != "md" {
            bundle.plain(&logical, files::read(&path)?);
        }
    }
    let page = files::read_text(&web.join("index.html"))?;
    let page = fill_page(&page, &style, &scripts, &boot, &[&client, &module], &lazy)?;
    if mode == Mode::Guide {
        bundle.plain("styleguide.html", page.clone().into_bytes());
    }
    bundle.plain("index.html", page.into_bytes());
    Ok(bundle)
}

/// Leaflet's style, the typefaces and `web/style/*.css` in the order of their names, as one sheet.
fn style_sheet(bundle: &mut Bundle, web: &Path, node_modules: &Path) -> Result<String> {
    let leaflet = node_modules.join("leaflet/dist");
    let mut sheet = files::read_text(&leaflet.join("leaflet.css"))?;
    for image in files::walk(&leaflet.join("images"))? {
        let inside = files::relative(&leaflet, &image);
        let used = format!("url({inside})");
        if sheet.contains(&used) {
            let address = bundle.hashed(&format!("leaflet/{inside}"), files::read(&image)?);
            sheet = sheet.replace(&used, &format!("url({address})"));
        }
    }
    for face in fonts::load(node_modules)? {
        let address = bundle.hashed(&face.logical, face.bytes.clone());
        sheet.push_str(&face.css(&address));
    }
    for path in files::walk(&web.join("style"))? {
        if files::ending(&files::relative(web, &path)) == "css" {
            sheet.push_str(&files::read_text(&path)?);
        }
    }
    Ok(sheet)
}

/// What wasm-bindgen wrote: the addresses of the script and the module, and which of `web/js` it brought along.
fn client(bundle: &mut Bundle, bound: &Path) -> Result<(String, String, BTreeSet<String>)> {
    let mut script = files::read_text(&bound.join(format!("{OUT_NAME}.js")))?;
    let mut brought = BTreeSet::new();
    let snippets = bound.join("snippets");
    for path in files::walk(&snippets)? {
        let logical = files::relative(bound, &path);
        let address = bundle.hashed(&logical, files::read(&path)?);
        script = script.replace(&format!("./{logical}"), &format!(".{address}"));
        // snippets/<crate>-<digest>/js/x.js is web/js/x.js
        if let Some(inside) = logical.splitn(3, '/').nth(2) {
            brought.insert(inside.to_owned());
        }
    }
    let module_name = format!("{OUT_NAME}_bg.wasm");
    let module = bundle.hashed(&module_name, files::read(&bound.join(&module_name))?);
    script = script.replace(&module_name, module.trim_start_matches('/'));
    let script = bundle.hashed(&format!("{OUT_NAME}.js"), script.into_bytes());
    Ok((script, module, brought))
}

/// The script that starts the client and says so where it can't.
fn boot_script(client: &str, module: &str) -> String {
    format!(
        "import start from \"{client}\";\n\
         start({{ module_or_path: new URL(\"{module}\", import.meta.url) }}).catch((error) => {{\n\
         \x20 console.error(error);\n\
         \x20 document.documentElement.dataset.boot = \"failed\";\n\
         \x20 const text = document.createElement(\"p\");\n\
         \x20 text.setAttribute(\"role\", \"alert\");\n\
         \x20 text.textContent = \"{BOOT_FAILED}\";\n\
         \x20 document.body.prepend(text);\n\
         }});\n"
    )
}

fn fill_page(
    page: &str,
    style: &str,
    scripts: &[String],
    boot: &str,
    preloads: &[&str; 2],
    lazy: &[(String, String)],
) -> Result<String> {
    let [client, module] = preloads;
    let mut head = format!(
        "<link rel=\"stylesheet\" href=\"{style}\">\n    \
         <link rel=\"modulepreload\" href=\"{client}\">\n    \
         <link rel=\"preload\" href=\"{module}\" as=\"fetch\" type=\"application/wasm\" crossorigin>"
    );
    for (name, address) in lazy {
        // Writing to a `String` can't fail.
        write!(
            head,
            "\n    <meta name=\"oneroof-lazy\" data-part=\"{name}\" content=\"{address}\">"
        )
        .ok();
    }
    let mut tags: Vec<String> = scripts
        .iter()
        .map(|script| format!("<script src=\"{script}\"></script>"))
        .collect();
    tags.push(format!("<script type=\"module\" src=\"{boot}\"></script>"));
    let mut filled = page.to_owned();
    for (mark, text) in [("head", head), ("boot", tags.join("\n    "))] {
        let mark = format!("<!-- oneroof:{mark} -->");
        if filled.matches(&mark).count() != 1 {
            bail!("web/index.html must have `{mark}` exactly once");
        }
        filled = filled.replace(&mark, &text);
    }
    Ok(filled)
}

/// A script without the comment that points at a map which we do not ship.
fn without_source_map(script: &str) -> String {
    script
        .lines()
        .filter(|line| !line.starts_with("//# sourceMappingURL="))
        .fold(String::with_capacity(script.len()), |mut text, line| {
            text.push_str(line);
            text.push('\n');
            text
        })
}

/// The media type by the ending of the name.
fn content_type(path: &str) -> &'static str {
    match files::ending(path) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "geojson" => "application/geo+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head><!-- oneroof:head --></head><body><!-- oneroof:boot --></body>";

    #[test]
    fn the_page_names_each_part_and_keeps_no_mark() {
        let scripts = ["/leaflet-1.js".to_owned()];
        let preloads = ["/client.js", "/client.wasm"];
        let page = fill_page(
            PAGE,
            "/style-1.css",
            &scripts,
            "/boot-1.js",
            &preloads,
            &[("own_map".to_owned(), "/js/lazy/own_map-1.js".to_owned())],
        )
        .unwrap();
        for part in [
            "/style-1.css",
            "/leaflet-1.js",
            "/boot-1.js",
            "/client.js",
            "/client.wasm",
            "data-part=\"own_map\" content=\"/js/lazy/own_map-1.js\"",
        ] {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
        assert!(!page.contains("<!--"), "{page}");
    }

    #[test]
    fn a_page_without_a_mark_is_refused() {
        let preloads = ["/client.js", "/client.wasm"];
        let error = fill_page("<body></body>", "/s.css", &[], "/b.js", &preloads, &[]).unwrap_err();
        assert!(error.to_string().contains("oneroof:head"), "{error}");
    }

    #[test]
    fn the_digest_of_the_inputs_follows_name_and_content() {
        let digest = |name: &str, bytes: &[u8]| {
            let mut bundle = Bundle::default();
            bundle.plain(name, bytes.to_vec());
            bundle.digest()
        };
        assert_eq!(digest("a.js", b"1"), digest("a.js", b"1"));
        assert_ne!(digest("a.js", b"1"), digest("a.js", b"2"));
        assert_ne!(digest("a.js", b"1"), digest("b.js", b"1"));
    }

    #[test]
    fn the_pointer_to_a_source_map_is_cut_off() {
        assert_eq!(
            without_source_map("let a;\n//# sourceMappingURL=a.js.map\n"),
            "let a;\n"
        );
    }
}
