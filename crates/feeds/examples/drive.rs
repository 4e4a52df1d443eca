use oneroof_feeds::{sniff::Chunks, Options, Output, build};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let opts = a.get(3).cloned().unwrap_or_default();
    let f = build(&a[1], Options::new(&opts)).map_err(|p| format!("{p:?}")).unwrap();
    let mut d = f.decoder();
    let at = oneroof_model::Time::from_secs(1_795_455_400);
    let mut out = Output::with_decoded();
    let mut skipped = std::collections::BTreeMap::<&str,u64>::new();
    let mut rej = std::collections::BTreeMap::<&str,u64>::new();
    let (mut drafts, mut reports) = (0, 0);
    for c in Chunks::new(std::fs::File::open(&a[2]).unwrap()).unwrap() {
        for p in c.unwrap().bytes.chunks(16384) {
        d.push(p, at, &mut out);
        out.write_lines(&mut std::io::stdout().lock()).unwrap();
        for (k, n) in &out.skipped { *skipped.entry(k).or_default() += n; }
        for r in &out.rejects { *rej.entry(r.reason.code).or_default() += 1; }
        drafts += out.drafts.len(); reports += out.drafts.iter().filter(|d| matches!(d.draft, oneroof_model::Draft::Report(_))).count();
        for x in &out.drafts { oneroof_model::validate_draft(&x.draft, at, None).unwrap(); }
        out.clear(); }
    }
    d.finish(at, &mut out);
    out.write_lines(&mut std::io::stdout().lock()).unwrap();
        for (k, n) in &out.skipped { *skipped.entry(k).or_default() += n; }
        for r in &out.rejects { *rej.entry(r.reason.code).or_default() += 1; }
    eprintln!("drafts {drafts} reports {reports} skipped {skipped:?} rejects {rej:?}");
}
